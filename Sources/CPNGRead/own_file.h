#ifndef OWN_FILE_H
#define OWN_FILE_H

#include "CPNGRead.h"

/// Decodes a file of eight bits whose rows are not filtered, as our encoder writes it. Returns 0 for any other file, and
/// for one with anything wrong in it: libpng reads it then, and says what it is.
int cpngread_decode_own(const uint8_t *bytes, size_t count, struct cpngread_header header, uint8_t *pixels);

#endif
