#ifndef INFLATE_H
#define INFLATE_H

#include "CPNGRead.h"

/// Takes chunks, each with its length, name and checksum.
typedef void (*cpngread_chunk)(void *context, const uint8_t *bytes, size_t count);

struct cpngread_inflater;

/// Inflater of the data of one file, or null; freed by `cpngread_free`.
struct cpngread_inflater *cpngread_inflater(struct cpngread_header header);

void cpngread_free(struct cpngread_inflater *inflater);

/// Inflates the content of a data chunk by ISA-L, twice as fast as zlib, and gives it on as data chunks that are stored and
/// not compressed, whose checksums nobody computes. No more than the header promises is given on. Returns 0 when something
/// is wrong in the data.
int cpngread_inflate(
  struct cpngread_inflater *inflater, const uint8_t *data, size_t length, cpngread_chunk take, void *context);

/// Gives the last chunk on; 0 when the data was not all that the header promises.
int cpngread_finish(struct cpngread_inflater *inflater, cpngread_chunk take, void *context);

#endif
