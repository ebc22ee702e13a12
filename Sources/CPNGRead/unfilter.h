#ifndef UNFILTER_H
#define UNFILTER_H

#include <stddef.h>
#include <stdint.h>

/// Takes the filter off a row: its first byte says which one it is, and becomes 0. `before` is the row above without its
/// filter, all zero for the first one of a pass; both have `count` bytes after the first. A filter that does not exist is
/// left in place. `step` is the number of bytes of a pixel, at least 1 and at most 8.
void cpngread_unfilter(uint8_t *row, const uint8_t *before, size_t count, size_t step);

#endif
