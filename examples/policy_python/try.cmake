# The example with an installed Tessera, as a user meets it. WORK is made new:
#   cmake -DSOURCE=... -DBUILD=... -DTWIN=liblongest_first.so -DWORK=... -P try.cmake
function(run expected)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE errors)
  if(NOT code EQUAL expected)
    message(FATAL_ERROR "${ARGN}: ${code}\n${text}${errors}")
  endif()
  set(text "${text}" PARENT_SCOPE)
  set(errors "${errors}" PARENT_SCOPE)
endfunction()
function(must_say what pattern)
  if(NOT what MATCHES "${pattern}")
    message(FATAL_ERROR "there is no \"${pattern}\" in:\n${what}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
run(0 ${CMAKE_COMMAND} --install ${BUILD} --component program --prefix ${WORK}/prefix)
set(tessera ${WORK}/prefix/bin/tessera)
set(example ${SOURCE}/examples/policy_python)
set(mine ${example}/longest_first.py)

run(0 ${tessera} policy show ${mine})
must_say("${text}" "policy longest_first, .*, run by Python 3.*depth: 8, 1 to 1000; ready tiles that are weighed")

# It decides as its twin in C++, and what a run says of itself runs again.
run(0 ${tessera} run ${example}/run.yaml --set trace.decisions=true --out ${WORK}/python)
run(0 ${tessera} run ${example}/run.yaml --policy ${TWIN} --out ${WORK}/cpp)
run(0 ${tessera} run ${WORK}/python/resolved.yaml --save-actions ${WORK}/actions.csv --out ${WORK}/again)
run(0 ${tessera} run ${example}/run.yaml --policy static --set scheduler.table=${WORK}/actions.csv --out ${WORK}/replay)
foreach(other cpp again replay)
  run(0 ${CMAKE_COMMAND} -E compare_files ${WORK}/python/schedule.csv ${WORK}/${other}/schedule.csv)
endforeach()
run(0 ${tessera} explain ${WORK}/python --tile 3)
must_say("${text}" "ps on its unit, the")
run(0 ${tessera} compare ${example}/run.yaml --policies ${mine},round_robin --json)
string(JSON ignored GET "${text}" schema)

# What a policy prints is not the program's output; a file that is no policy is an error where the run names it.
file(WRITE ${WORK}/prints.py "import sys, tessera\nclass Prints(tessera.Policy):\n  def decide(self, view):\n"
  "    print('deciding'); sys.stdout.write('again')\n"
  "    return min(view.dispatches(1), key=repr, default=tessera.Wait())\n")
run(0 ${tessera} run ${example}/run.yaml --policy ${WORK}/prints.py --set scheduler.options={} --json)
string(JSON ignored GET "${text}" schema)
must_say("${errors}" "deciding")
file(WRITE ${WORK}/wrong.py "import tessera\nclass Wrong(tessera.Policy)\n")
run(2 ${tessera} run ${example}/run.yaml --policy ${WORK}/wrong.py --set scheduler.options={})
must_say("${errors}" "wrong.py:2:28: SyntaxError: expected ':'")

# Ctrl-C while Python runs ends the program as ever.
file(WRITE ${WORK}/stops.py "import os, signal, tessera\nclass Stops(tessera.Policy):\n  def decide(self, view):\n"
  "    os.kill(os.getpid(), signal.SIGINT)\n")
run(130 ${tessera} run ${example}/run.yaml --policy ${WORK}/stops.py --set scheduler.options={})
must_say("${errors}" "interrupted by SIGINT")

# Without the library.
file(RENAME ${WORK}/prefix/bin/tessera ${WORK}/tessera)
run(2 ${WORK}/tessera policy show ${mine})
must_say("${errors}" "install pybind11-dev and python3-dev, configure with -DTESSERA_PYTHON=ON")

run(0 ${CMAKE_COMMAND} -E env TESSERA_PYTHON_POLICY=${BUILD}/libtessera_python_policy.so
  ${WORK}/tessera policy check ${mine} --runs 5)
message("${text}")
