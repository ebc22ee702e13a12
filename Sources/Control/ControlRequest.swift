public import VirtioGPU

/// Request of a user to a running device, as the control socket carries it.
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
  /// Reports all outputs.
  case list
  /// Changes an output: the commands `add`, `remove`, `resize` and `move`.
  case change(OutputChange)

  /// The longest request in bytes, its end not counted: some ten times what any needs.
  public static let longest = 1024
}
