internal import Display
public import VirtioGPU

/// Test of one action of a guest and its result, on any link.
public struct GuestCase: Sendable, CustomStringConvertible {
  /// A sentence.
  public let name: String
  /// What it is about; nil: every command.
  public let command: CommandType?
  /// The device that it wants.
  public let setup: CaseSetup
  private let body: @Sendable (CaseGuest) throws -> Void

  init(
    _ name: String, _ command: CommandType?, on setup: CaseSetup = .flat,
    _ body: @escaping @Sendable (CaseGuest) throws -> Void
  ) {
    self.name = name
    self.command = command
    self.setup = setup
    self.body = body
  }

  /// The sentence.
  public var description: String { name }

  /// Plays the case, then what every case ends with: the next commands work, nothing was written where it should not
  /// be, and after a reset the device holds nothing.
  public func play(on host: any CaseHost, _ device: CaseDevice) throws {
    let guest = try CaseGuest(host, device)
    try body(guest)
    try guest.provesNextCommand()
    try guest.provesEmptyAfterReset()
  }
}
