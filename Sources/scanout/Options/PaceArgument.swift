import ArgumentParser
import VirtioGPU

/// Pace on the command line: `immediate`, `refresh`, `59.94`.
struct PaceArgument: ExpressibleByArgument {
  let pace: Pace

  init(pace: Pace) {
    self.pace = pace
  }

  init?(argument: String) {
    switch argument {
    case "immediate": pace = .immediate
    case "refresh": pace = .refresh
    default:
      guard let hertz = Double(argument), (1...1000).contains(hertz) else { return nil }
      pace = .millihertz(UInt32((hertz * 1000).rounded()))
    }
  }

  var defaultValueDescription: String {
    switch pace {
    case .immediate: "immediate"
    case .refresh: "refresh"
    case .millihertz(let rate): "\(Double(rate) / 1000)"
    }
  }
}
