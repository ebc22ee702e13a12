internal import Display

/// Command that is responded to when it is known what is plugged in.
struct OutputWaiter {
  let command: PendingCommand
  /// Sets the response.
  let respond: () -> Void
}

/// Commands that ask for the outputs, while the owner of the device finds out what is plugged in.
extension Device {
  /// Calls `respond`, which sets the response to a command, when the owner of the device has found out what is plugged in: at
  /// once, where it need not ask.
  func askOutputs(_ command: PendingCommand, _ respond: @escaping () -> Void) {
    let isFirst = outputWaiters.isEmpty
    command.wait()
    outputWaiters.append(OutputWaiter(command: command, respond: respond))
    let generation = generation
    if isFirst, !onOutputsAsked({ [weak self] in self?.outputsAreKnown(generation) }) { respondToOutputWaiters() }
  }

  /// The owner of the device has set the outputs, or gives up.
  func outputsAreKnown(_ generation: UInt64) {
    guard generation == self.generation else { return }
    respondToOutputWaiters()
    endCall()
  }

  /// Responds to every command that waits, with the outputs as they are now.
  func respondToOutputWaiters() {
    let waiters = outputWaiters
    outputWaiters = []
    for waiter in waiters {
      waiter.respond()
      responses.endWait(waiter.command)
    }
  }
}
