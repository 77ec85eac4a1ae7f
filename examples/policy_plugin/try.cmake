# The example as a user of an installed Tessera builds it, and runs with it. WORK is made new:
#   cmake -DSOURCE=... -DBUILD=... -DTESSERA=... -DWORK=... -P try.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${code}\n${text}")
  endif()
  set(text "${text}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --component policy --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/examples/policy_plugin -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
set(plugin ${WORK}/build/liblongest_first.so)
run(${TESSERA} policy show ${plugin})
message("${text}")
run(${TESSERA} run ${SOURCE}/examples/policy_plugin/run.yaml --policy ${plugin} --set scheduler.options.depth=3
  --out ${WORK}/out)
message("${text}")
run(${TESSERA} run ${WORK}/out/resolved.yaml --out ${WORK}/again)  # it says all, the library too
foreach(file schedule.csv)
  run(${CMAKE_COMMAND} -E compare_files ${WORK}/out/${file} ${WORK}/again/${file})
endforeach()
run(${TESSERA} policy check ${plugin} --runs 5)
message("${text}")
