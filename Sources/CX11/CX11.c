#include "CX11.h"

#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(SDL_VIDEO_DRIVER_X11)

static _Atomic(bool (*)(void)) handler;
static atomic_bool stands_still;
static Display *survived;
static int (*sync_display)(Display *, Bool);

// What Xlib calls before it ends the process.
static int stand_still(Display *display) {
  (void)display;
  bool (*is_handled)(void) = atomic_load(&handler);
  atomic_store(&stands_still, true);
  if (!is_handled || !is_handled()) {
    atomic_store(&stands_still, false);
    return 0;
  }
  for (;;) pause();
}

// At the end of the process OpenGL's libraries would wait for the thread that stands still, with Xlib's locks.
static void end_at_once(int status, void *unused) {
  (void)unused;
  if (!atomic_load(&stands_still)) return;
  fflush(NULL);
  _exit(status);
}

// Registered first, so called last, after whatever the program itself has to do at its end.
__attribute__((constructor)) static void prepare_end(void) { on_exit(end_at_once, NULL); }

static int leave_alone(Display *display, XErrorEvent *event) {
  (void)display;
  (void)event;
  return 0;
}

int cx11_survive(struct SDL_Window *window, bool (*is_handled)(void)) {
  SDL_SysWMinfo info;
  SDL_VERSION(&info.version);
  if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11) return -1;
  // SDL loads the library itself, so it is not linked, and stays loaded for as long as SDL has it.
  void *library = dlopen("libX11.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (!library) return -1;
  XIOErrorHandler (*set_io_handler)(XIOErrorHandler) =
      (XIOErrorHandler(*)(XIOErrorHandler))dlsym(library, "XSetIOErrorHandler");
  XErrorHandler (*set_handler)(XErrorHandler) = (XErrorHandler(*)(XErrorHandler))dlsym(library, "XSetErrorHandler");
  int (*connection_number)(Display *) = (int (*)(Display *))dlsym(library, "XConnectionNumber");
  sync_display = (int (*)(Display *, Bool))dlsym(library, "XSync");
  dlclose(library);
  if (!set_io_handler || !set_handler || !connection_number || !sync_display) return -1;
  survived = info.info.x11.display;
  atomic_store(&handler, is_handled);
  set_io_handler(stand_still);
  set_handler(leave_alone);
  return connection_number(survived);
}

void cx11_settle(void) {
  if (survived) sync_display(survived, False);
  survived = NULL;
}

#else

int cx11_survive(struct SDL_Window *window, bool (*is_handled)(void)) {
  (void)window;
  (void)is_handled;
  return -1;
}

void cx11_settle(void) {}

#endif
