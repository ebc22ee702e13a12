internal import Display

/// Command that is responded to when it is known what is plugged in.
struct OutputWaiter {
  let command: PendingCommand
  /// Sets the response.
  let respond: () -> Void
}

/// Commands that ask for the outputs, while the owner of the device finds out what is plugged in.
extension Device {
  /// Lets the response to a command wait for ``respondToOutputWaiters()``.
  func waitForOutputs(_ command: PendingCommand, _ respond: @escaping () -> Void) {
    command.wait()
    outputWaiters.append(OutputWaiter(command: command, respond: respond))
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
      responses.settle(waiter.command)
    }
  }
}
