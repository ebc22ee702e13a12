// Reading PNG with libpng's full interface, whose errors jump: all jumps start and end in this target, and errors come
// back as text. The caller has walked the chunks and checked their lengths and checksums before.
#ifndef CPNGREAD_H
#define CPNGREAD_H

#include <stddef.h>
#include <stdint.h>

/// Bytes of a message, with its zero.
#define CPNGREAD_MESSAGE 160

/// What the header says, as the caller read it: decoding fails when libpng reads something else.
struct cpngread_header {
  uint32_t width;
  uint32_t height;
  uint8_t bits;
  uint8_t color_type;
  uint8_t is_interlaced;
  /// True for a file that says it was written by this project: its rows are likely not filtered, which is read faster.
  uint8_t is_ours;
};

/// Where the pixels go. Each buffer has `height` rows of `width` pixels without gaps.
struct cpngread_target {
  /// Four bytes a pixel: blue, green, red, alpha.
  uint8_t *pixels;
  /// Four native 16-bit values a pixel: red, green, blue, alpha. Needed for 16 bits a sample, else null.
  uint16_t *samples;
};

/// Decodes a file. Samples are those of the file: no colour is converted, alpha is neither multiplied in nor divided out.
///
/// Fewer than eight bits become eight, as the specification scales them; a file without alpha gets 255. With 16 bits, the
/// samples go to `samples`, and `pixels` gets the nearest values of eight bits. Returns 0, or another number with a
/// message. Only header, palette, transparency and data chunks are given to libpng; anything else costs nothing.
int cpngread_decode(
  const uint8_t *bytes, size_t count, struct cpngread_header header, struct cpngread_target target,
  char message[CPNGREAD_MESSAGE]);

/// The checksum of a chunk: CRC-32 as PNG has it.
uint32_t cpngread_checksum(const uint8_t *bytes, size_t count);

#endif
