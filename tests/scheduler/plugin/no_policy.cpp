// A library, and no policy.
extern "C" int nothing() { return 0; }
