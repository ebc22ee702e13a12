#include "CPNGRead.h"

#include "inflate.h"
#include "own_file.h"

#include <isa-l/crc.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/// Bytes of a chunk that are not its content: length, name, checksum.
enum { SIGNATURE = 8, AROUND = 12 };

/// One file that is being decoded.
struct reading {
  struct cpngread_header header;
  struct cpngread_target target;
  char *message;
  jmp_buf failed;
  int passes;
  /// How many rows of the last pass came.
  uint32_t rows;
};

uint32_t cpngread_checksum(const uint8_t *bytes, size_t count) {
  uint32_t sum = crc32_gzip_refl(0, bytes, count);
#ifdef __x86_64__
  // ISA-L leaves the upper halves of the vector registers in use, which slows down all older vector code.
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
  return sum;
}

static void describe(struct reading *reading, const char *words) {
  strncpy(reading->message, words, CPNGREAD_MESSAGE - 1);
  reading->message[CPNGREAD_MESSAGE - 1] = 0;
}

static void on_error(png_structp png, png_const_charp words) {
  struct reading *reading = png_get_error_ptr(png);
  describe(reading, words);
  longjmp(reading->failed, 1);
}

static void on_warning(png_structp png, png_const_charp words) {
  (void)png;
  (void)words;
}

static void on_header(png_structp png, png_infop info) {
  struct reading *reading = png_get_progressive_ptr(png);
  const struct cpngread_header *header = &reading->header;
  if (
    png_get_image_width(png, info) != header->width || png_get_image_height(png, info) != header->height
    || png_get_bit_depth(png, info) != header->bits || png_get_color_type(png, info) != header->color_type) {
    png_error(png, "its header changed while it was read");
  }
  // Palettes and grey of fewer bits become eight bits, and a transparent colour becomes alpha.
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  if (header->bits == 16) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    png_set_swap(png);
#endif
    png_set_add_alpha(png, 0xFFFF, PNG_FILLER_AFTER);
  } else {
    png_set_bgr(png);
    png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
  }
  reading->passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t pixel = header->bits == 16 ? 8 : 4;
  if (png_get_rowbytes(png, info) != header->width * pixel) png_error(png, "its rows have another length than expected");
}

/// The nearest values of eight bits.
static void narrow(const uint16_t *samples, uint8_t *pixels, size_t width) {
  for (size_t x = 0; x < width; x++) {
    for (int channel = 0; channel < 4; channel++) {
      uint32_t value = samples[4 * x + channel];
      pixels[4 * x + (channel == 3 ? 3 : 2 - channel)] = (uint8_t)((value * 255 + 32895) >> 16);
    }
  }
}

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass) {
  struct reading *reading = png_get_progressive_ptr(png);
  if (y >= reading->header.height) png_error(png, "it has more rows than its header says");
  size_t width = reading->header.width;
  uint8_t *pixels = reading->target.pixels + (size_t)y * width * 4;
  if (pass + 1 == reading->passes) reading->rows = y + 1;
  if (reading->header.bits != 16) {
    png_progressive_combine_row(png, pixels, row);
    return;
  }
  uint16_t *samples = reading->target.samples + (size_t)y * width * 4;
  png_progressive_combine_row(png, (png_bytep)samples, row);
  if (pass + 1 == reading->passes) narrow(samples, pixels, width);
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// True for chunks that say something about samples.
static int is_needed(const uint8_t *name, int has_data, uint8_t color_type) {
  if (memcmp(name, "IHDR", 4) == 0 || memcmp(name, "IDAT", 4) == 0 || memcmp(name, "IEND", 4) == 0) return 1;
  if (memcmp(name, "PLTE", 4) == 0) return color_type == PNG_COLOR_TYPE_PALETTE && !has_data;
  return memcmp(name, "tRNS", 4) == 0 && (color_type & PNG_COLOR_MASK_ALPHA) == 0 && !has_data;
}

struct sink {
  png_structp png;
  png_infop info;
};

static void take(void *context, const uint8_t *bytes, size_t count) {
  struct sink *sink = context;
  png_process_data(sink->png, sink->info, (png_bytep)bytes, count);
}

/// Gives libpng what it needs, chunk by chunk; 0 when the inflater finds something wrong. The progressive reader looks at
/// no byte after the last row's, whatever else the compressed stream would expand to.
static int feed(
  struct sink *sink, const uint8_t *bytes, size_t count, uint8_t color_type, struct cpngread_inflater *inflater) {
  take(sink, bytes, SIGNATURE);
  int has_data = 0;
  for (size_t at = SIGNATURE; count - at >= AROUND;) {
    size_t length = big_endian(bytes + at);
    if (length > count - at - AROUND) break;
    const uint8_t *name = bytes + at + 4;
    int is_data = memcmp(name, "IDAT", 4) == 0, is_end = memcmp(name, "IEND", 4) == 0;
    if (is_data && inflater) {
      if (!cpngread_inflate(inflater, bytes + at + 8, length, take, sink)) return 0;
    } else if (is_needed(name, has_data, color_type)) {
      if (is_end && inflater && !cpngread_finish(inflater, take, sink)) return 0;
      take(sink, bytes + at, length + AROUND);
    }
    if (is_data) has_data = 1;
    if (is_end) break;
    at += length + AROUND;
  }
  return 1;
}

/// What an attempt comes to.
enum attempt { READ, FAILED, UNUSUAL };

/// Reads the file by libpng, with an inflater or without.
static enum attempt attempt(
  struct reading *reading, const uint8_t *bytes, size_t count, struct cpngread_inflater *inflater) {
  const struct cpngread_header *header = &reading->header;
  // Not changed after the jump is set, except by what is made below, so volatile keeps them.
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  volatile enum attempt result = FAILED;
  reading->rows = 0;
  if (setjmp(reading->failed) == 0) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reading, on_error, on_warning);
    if (png) info = png_create_info_struct(png);
    if (png && info) {
      // The caller has checked the sums of all chunks.
      png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
      png_set_user_limits(png, header->width, header->height);
      png_set_chunk_cache_max(png, 16);
      png_set_chunk_malloc_max(png, 1 << 20);
      png_set_benign_errors(png, 0);
#ifdef PNG_IGNORE_ADLER32
      // The inflater has checked it.
      if (inflater) png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
#endif
      png_set_progressive_read_fn(png, reading, on_header, on_row, NULL);
      struct sink sink = {png, info};
      if (!feed(&sink, bytes, count, header->color_type, inflater)) {
        result = UNUSUAL;
      } else if (reading->rows == header->height) {
        result = READ;
      } else {
        describe(reading, "its data ends before its last row");
      }
    } else {
      describe(reading, "there is no memory to read it");
    }
  }
  png_structp made = png;
  png_infop made_info = info;
  png_destroy_read_struct(&made, &made_info, NULL);
  return result;
}

int cpngread_decode(
  const uint8_t *bytes, size_t count, struct cpngread_header header, struct cpngread_target target,
  char message[CPNGREAD_MESSAGE]) {
  struct reading reading = {.header = header, .target = target, .message = message, .passes = 1};
  message[0] = 0;
  if (count < SIGNATURE || (header.bits == 16) != (target.samples != NULL)) {
    describe(&reading, "it was asked for in another form than it has");
    return 1;
  }
  if (header.is_ours && cpngread_decode_own(bytes, count, header, target.pixels)) return 0;
  struct cpngread_inflater *inflater = cpngread_inflater(header);
  enum attempt result = inflater ? attempt(&reading, bytes, count, inflater) : UNUSUAL;
  cpngread_free(inflater);
  // libpng has words for what is wrong in the data, and is more patient with some of it.
  if (result == UNUSUAL) result = attempt(&reading, bytes, count, NULL);
  return result == READ ? 0 : 1;
}
