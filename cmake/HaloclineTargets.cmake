# hcl_library, hcl_kernel, hcl_test: the only ways this project defines targets.
# Sources are named relative to the calling folder; includes start at the repository root.

add_library(hcl_flags INTERFACE)
target_include_directories(hcl_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_features(hcl_flags INTERFACE c_std_17 cxx_std_17)
target_compile_options(hcl_flags INTERFACE
  -Wall -Wextra -Wshadow -Wundef -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion>
  $<$<BOOL:${HALOCLINE_WERROR}>:-Werror>)
target_compile_definitions(hcl_flags INTERFACE _GNU_SOURCE
  $<$<BOOL:${HALOCLINE_CHECKS}>:HCL_CHECKS=1>)
# Every thread has a stack of 4 MiB (coordinator/cli/process.c), and no frame takes a tenth of it. Without optimisation
# and with sanitizers frames are larger; such builds are for tests.
if(NOT HALOCLINE_SANITIZE)
  target_compile_options(hcl_flags INTERFACE $<$<CONFIG:Release>:-Wframe-larger-than=393216>)
endif()
if(HALOCLINE_SANITIZE MATCHES "thread" AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "HALOCLINE_SANITIZE=thread needs clang: its OpenMP runtime tells the sanitizer of its "
    "barriers (libarcher.so); with gcc's every barrier looks like a race")
endif()
if(HALOCLINE_SANITIZE)
  target_compile_options(hcl_flags INTERFACE -fsanitize=${HALOCLINE_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hcl_flags INTERFACE -fsanitize=${HALOCLINE_SANITIZE})
  target_compile_definitions(hcl_flags INTERFACE HCL_SANITIZED=1) # gcc's macros for it are unknown to clang
endif()
if(HALOCLINE_FUZZ) # so that libFuzzer sees which branches of the libraries an input takes
  target_compile_options(hcl_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(hcl_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_FLAGS_RELEASE "-O3")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

# hcl_library(NAME SOURCES ... [DEPENDS halocline folders ...] [LINK external targets ...])
function(hcl_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(hcl_${name} STATIC ${A_SOURCES})
  add_library(halocline::${name} ALIAS hcl_${name})
  list(TRANSFORM A_DEPENDS PREPEND halocline::)
  target_link_libraries(hcl_${name} PUBLIC hcl_flags ${A_DEPENDS} ${A_LINK})
endfunction()

# hcl_kernel(LIBRARY FILE FLAGS...): a source with its own instruction-set flags. Nothing outside such a
# file may be compiled with them: run-time dispatch decides whether it is ever called.
function(hcl_kernel name file)
  target_sources(hcl_${name} PRIVATE ${file})
  set(options ${ARGN})
  # Everything is inlined: with gcc any sanitizer takes minutes and a GiB, with clang the undefined one next to another.
  if(HALOCLINE_SANITIZE AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    list(APPEND options -fno-sanitize=all)
  elseif(HALOCLINE_SANITIZE MATCHES "address")
    list(APPEND options -fno-sanitize=undefined)
  endif()
  if(HALOCLINE_SANITIZE MATCHES "thread") # which sees no access of more than 16 bytes by itself
    list(APPEND options -fno-vectorize -fno-slp-vectorize
      -include "${CMAKE_SOURCE_DIR}/tests/sanitize/vector_access.h")
  endif()
  set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${options}")
endfunction()

# How tests start several ranks on one machine.
set(HCL_MPIRUN mpirun --allow-run-as-root --oversubscribe --bind-to none)
if(HALOCLINE_SANITIZE MATCHES "address") # Open MPI leaks at its end; one test preloads a library before asan's
  list(PREPEND HCL_MPIRUN env ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0)
endif()

# hcl_test(NAME SOURCES ... LIBS folders ... LABELS ... [RANKS 1 2 3 ...] [NODES 3 4 ...] [ENV A=b ...] [TIMEOUT s])
# Without RANKS: one ctest entry. With RANKS: one entry per count, run under mpirun. NODES: numbers of ranks again, as if no
# more than two of them were on a node.
function(hcl_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;LIBS;LABELS;RANKS;NODES;ENV;ARGS" ${ARGN})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  string(REPLACE "." "_" exe "test_${name}")
  add_executable(${exe} ${A_SOURCES})
  list(TRANSFORM A_LIBS PREPEND halocline::)
  target_link_libraries(${exe} PRIVATE hcl_flags hcl_test_support ${A_LIBS} PkgConfig::CMOCKA PkgConfig::GMP)
  target_compile_definitions(${exe} PRIVATE HCL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(A_RANKS)
    foreach(n IN LISTS A_RANKS)
      add_test(NAME ${name}.${n} COMMAND ${HCL_MPIRUN} -n ${n}
        $<TARGET_FILE:${exe}> ${A_ARGS})
      set_tests_properties(${name}.${n} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT}
        ENVIRONMENT "OMP_NUM_THREADS=1;${A_ENV}" PROCESSORS 2)
    endforeach()
    foreach(n IN LISTS A_NODES)
      add_test(NAME ${name}.nodes.${n} COMMAND ${HCL_MPIRUN} -n ${n} $<TARGET_FILE:${exe}> ${A_ARGS})
      set_tests_properties(${name}.nodes.${n} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT}
        ENVIRONMENT "OMP_NUM_THREADS=1;HALOCLINE_NODE_RANKS=2;${A_ENV}" PROCESSORS 2)
    endforeach()
  else()
    add_test(NAME ${name} COMMAND ${exe} ${A_ARGS})
    set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT} ENVIRONMENT "${A_ENV}")
  endif()
endfunction()
