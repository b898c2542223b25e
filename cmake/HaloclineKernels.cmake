# Tests that run once per field kernel. Which ones this machine can run is read when configuring; the others are
# named then, not silently skipped.
set(HCL_TESTED_KERNELS portable)
file(STRINGS /proc/cpuinfo cpu_flags LIMIT_COUNT 1 REGEX "^flags")
foreach(kernel_flag "adx adx" "ifma avx512ifma")
  string(REPLACE " " ";" kernel_flag "${kernel_flag}")
  list(GET kernel_flag 0 kernel)
  list(GET kernel_flag 1 flag)
  if("${cpu_flags} " MATCHES " ${flag} ")
    list(APPEND HCL_TESTED_KERNELS ${kernel})
  else()
    message(STATUS "  field kernel '${kernel}' is not tested: this machine cannot run it")
  endif()
endforeach()

# hcl_test_each_kernel(NAME): one more ctest entry NAME.<kernel> per kernel for a test defined by hcl_test.
function(hcl_test_each_kernel name)
  string(REPLACE "." "_" exe "test_${name}")
  get_test_property(${name} LABELS labels)
  foreach(kernel IN LISTS HCL_TESTED_KERNELS)
    add_test(NAME ${name}.${kernel} COMMAND ${exe})
    set_tests_properties(${name}.${kernel} PROPERTIES LABELS "${labels}" TIMEOUT 300
      ENVIRONMENT "HALOCLINE_CPU=${kernel};HCL_EXPECT_KERNEL=${kernel}")
  endforeach()
endfunction()
