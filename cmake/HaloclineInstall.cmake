# cmake --install: the program, its man pages and completions (made by the program itself), documents and examples; the
# target `uninstall`; `cpack -G DEB` makes a Debian package of the same.
include(GNUInstallDirs)
find_program(GZIP gzip REQUIRED)

# The date of man pages; SOURCE_DATE_EPOCH makes builds reproducible.
string(TIMESTAMP manual_date "%Y-%m-%d" UTC)
set(manual "${CMAKE_BINARY_DIR}/manual")
set(HALOCLINE_MAINTAINER "Halocline maintainers <halocline@users.noreply.github.com>" CACHE STRING
  "Who answers for the Debian package")
# Debian's form; what changed is in CHANGELOG.md.
string(TIMESTAMP changelog_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/changelog" CONTENT
"halocline (${PROJECT_VERSION}) bookworm; urgency=medium

  * Release ${PROJECT_VERSION}: see CHANGELOG.md.

 -- ${HALOCLINE_MAINTAINER}  ${changelog_date}
" @ONLY)
add_custom_command(OUTPUT "${manual}/done"
  COMMAND ${CMAKE_COMMAND} -E rm -rf "${manual}"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${manual}/man"
  COMMAND halocline manual man -o "${manual}/man" --date ${manual_date} -q
  COMMAND sh -c "'${GZIP}' -9n '${manual}'/man/*.1"
  COMMAND halocline manual bash > "${manual}/halocline"
  COMMAND halocline manual zsh > "${manual}/_halocline"
  COMMAND sh -c "'${GZIP}' -9nc '${CMAKE_BINARY_DIR}/changelog' > '${manual}/changelog.gz'"
  COMMAND ${CMAKE_COMMAND} -E touch "${manual}/done"
  DEPENDS halocline COMMENT "Man pages and completions" VERBATIM)
add_custom_target(manual ALL DEPENDS "${manual}/done")

# Before anything is installed: which folders are not there yet. `uninstall` removes those that it leaves empty.
install(CODE "
  set(folder_list \"${CMAKE_BINARY_DIR}/install_folders.txt\")
  set(folders \"\")
  foreach(below IN ITEMS ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_DOCDIR}/examples
          ${CMAKE_INSTALL_DATADIR}/bash-completion/completions ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
          ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
    set(at \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/\${below}\")
    while(NOT EXISTS \"\${at}\")
      list(APPEND folders \"\${at}\")
      get_filename_component(at \"\${at}\" DIRECTORY)
    endwhile()
  endforeach()
  list(REMOVE_DUPLICATES folders)
  list(JOIN folders \"\\n\" folders)
  file(APPEND \"\${folder_list}\" \"\${folders}\\n\")
")
install(DIRECTORY "${manual}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" FILES_MATCHING PATTERN "*.1.gz")
install(FILES "${manual}/halocline" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
# Debian's zsh looks for those of packages in another place than for those of /usr/local.
install(CODE "
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(zsh_functions vendor-completions)
  else()
    set(zsh_functions site-functions)
  endif()
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${zsh_functions}\" TYPE FILE
    FILES \"${manual}/_halocline\")
")
install(FILES "${manual}/changelog.gz" "${CMAKE_SOURCE_DIR}/README.md" "${CMAKE_SOURCE_DIR}/CHANGELOG.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES "${CMAKE_SOURCE_DIR}/packaging/copyright" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/examples/" DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")
install(FILES "${CMAKE_SOURCE_DIR}/slurm/prove.sbatch" DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P "${CMAKE_SOURCE_DIR}/cmake/Uninstall.cmake"
  WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME halocline)
set(CPACK_PACKAGE_VENDOR "Halocline")
set(CPACK_PACKAGE_CONTACT "${HALOCLINE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "zero-knowledge proofs of machine-learning inference")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Halocline proves in zero knowledge that a machine-learning model, on an\ninput, gave an output. It compiles a TFLite model to a circuit, proves it on\none machine or on many under mpirun, and the stock halo2 verifier accepts the\nproof.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openmpi-bin) # mpirun; one rank needs no launcher
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
  WORLD_EXECUTE)
include(CPack)
