public import Display
public import VirtioGPU

/// What a user asks of a device that runs.
///
/// On the socket it is one line of JSON: an object with a `command` and its members, and no others.
///
/// ```
/// {"command":"list"}
/// {"command":"add","width":1280,"height":720,"hertz":60,"x":1280,"y":0}     hertz, and x with y, may be left out
/// {"command":"remove","output":1}
/// {"command":"resize","output":0,"width":1024,"height":768,"hertz":75}      hertz may be left out
/// {"command":"move","output":1,"x":-1280,"y":0}
/// ```
public enum ControlRequest: Equatable, Sendable {
  /// Says what is plugged in and shown.
  case list
  /// Plugs a monitor into the first free connector; without a place, to the right of the others.
  case add(DisplayMode, at: Point?)
  /// Unplugs a monitor.
  case remove(Int)
  /// Gives a monitor another mode.
  case resize(Int, DisplayMode)
  /// Puts a monitor in another place.
  case move(Int, Point)

  /// The longest request in bytes, its end not counted: some ten times what any needs.
  public static let longest = 1024
}
