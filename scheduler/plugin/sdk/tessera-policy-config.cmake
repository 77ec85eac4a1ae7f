include(${CMAKE_CURRENT_LIST_DIR}/tessera-policy-targets.cmake)

# tessera_add_policy(NAME SOURCE...): a shared library libNAME.so for `tessera run --policy`.
function(tessera_add_policy name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE tessera::policy)
  set_target_properties(${name} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()
