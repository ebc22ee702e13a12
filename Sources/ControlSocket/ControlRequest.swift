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
/// {"command":"attach-display"}                                             the response comes with a descriptor
/// {"command":"move","output":1,"x":-1280,"y":0}
/// {"command":"key","keys":"ctrl-alt-f2"}
/// {"command":"type","text":"uname -a\n"}
/// {"command":"point","x":100,"y":50,"output":0}                             output may be left out: 0
/// {"command":"click","x":100,"y":50,"output":0,"button":"right"}            output and button may be left out
/// {"command":"scroll","vertical":-3,"horizontal":0.5}                       either may be left out
/// {"command":"touch","x":100,"y":50,"output":0}
/// ```
///
/// The response to a request of input comes when the guest has taken all of its events.
public enum ControlRequest: Equatable, Sendable {
  /// Reports all outputs.
  case list
  /// Changes an output: the commands `add`, `remove`, `resize` and `move`.
  case change(OutputChange)
  /// Does what a user does with a keyboard, a pointing device or a touch screen: the commands `key`, `type`, `point`, `click`,
  /// `scroll` and `touch`.
  case input(ControlInput)

  /// Attaches a display: the descriptor of a display socket comes with the response, which is that of ``list``. Its other end
  /// sends the frames of the device from now on.
  case attachDisplay

  /// The longest request in bytes, its end not counted: some ten times what any needs.
  public static let longest = 1024
}
