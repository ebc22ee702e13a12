// The connection of SDL's X11 driver to the display, which Xlib would have end the process when it is lost.

#pragma once

#include <stdbool.h>

struct SDL_Window;

/// Has `is_handled` called once when an X display is lost, on the thread whose call found out, from inside Xlib. When it
/// returns true, that thread stands still for ever: SDL can neither go on without its display nor be left. The process ends
/// as always then, but for the destructors of libraries. When it returns false, Xlib ends the process, as it does by
/// itself.
///
/// Errors about windows that another program destroyed, which end the process as well, are left alone from now on.
///
/// Returns the descriptor of the connection to the display that shows `window`, which is readable when events come or the
/// display is lost; -1 when the window is not on an X display.
int cx11_survive(struct SDL_Window *window, bool (*is_handled)(void));

/// Waits until the display has done all that was asked of it, so that errors come while they are left alone: SDL's end
/// takes our handler away. Does nothing unless `cx11_survive` has found a display since the last call.
void cx11_settle(void);
