#include "CVirgl.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_flag taken = ATOMIC_FLAG_INIT;
static struct cvirgl functions;
static cvirgl_log current_log;
static void *current_cookie;

static void write_log(const char *format, va_list arguments) {
  char text[512];
  vsnprintf(text, sizeof text, format, arguments);
  current_log(current_cookie, text);
}

static void ignore(const char *format, va_list arguments) {
  (void)format;
  (void)arguments;
}

/// Loads the library for good: drivers do not survive being unloaded.
static void *load(const char *library) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) return NULL;
#define CVIRGL_FIND(name)                                                                                              \
  if (!(functions.name = dlsym(handle, "virgl_renderer_" #name))) return NULL;
  CVIRGL_FUNCTIONS(CVIRGL_FIND)
#undef CVIRGL_FIND
  return dlsym(handle, "virgl_set_debug_callback");
}

static __typeof__(virgl_set_debug_callback) *set_log;

enum cvirgl_claim cvirgl_claim(const char *library, cvirgl_log log, void *cookie, const struct cvirgl **found,
                               char *problem, size_t capacity) {
  if (atomic_flag_test_and_set(&taken)) return CVIRGL_TAKEN;
  set_log = load(library);
  if (!set_log) {
    const char *reason = dlerror();
    snprintf(problem, capacity, "%s", reason ? reason : library);
    atomic_flag_clear(&taken);
    return CVIRGL_MISSING;
  }
  current_log = log;
  current_cookie = cookie;
  set_log(write_log);
  *found = &functions;
  return CVIRGL_CLAIMED;
}

void cvirgl_release(void) {
  set_log(ignore);
  atomic_flag_clear(&taken);
}

int cvirgl_can_load(const char *library) { return dlopen(library, RTLD_LAZY | RTLD_LOCAL) != NULL; }

const char *cvirgl_egl_extensions(void) {
  void *egl = dlopen("libEGL.so.1", RTLD_LAZY | RTLD_LOCAL);
  const char *(*query)(void *display, int name) = egl ? dlsym(egl, "eglQueryString") : NULL;
  const int extensions = 0x3055;
  return query ? query(NULL, extensions) : NULL;
}
