// How the program ends when it is told to: SIGINT (Ctrl-C), SIGTERM, SIGHUP.
#pragma once

namespace tessera::app {

// From here on these signals remove what is half done (base/file/unfinished.h), say so, and end the program with exit
// code 128 + signal: 130, 143, 129. One that the caller ignores (nohup, a job in the background) stays ignored. A pipe
// without a reader and a file over its size limit become ordinary failures of a write.
void end_cleanly_on_signals();

}  // namespace tessera::app
