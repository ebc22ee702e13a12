internal import GuestDriver
internal import VhostUser
internal import VirtioGPU

/// The configuration space.
extension ConformanceCase {
  static let configurationCases: [ConformanceCase] = [
    ConformanceCase(
      .configuration, "16-bytes", "The configuration space has 16 bytes or more, and QEMU reads 16",
      source: RuleSource.configuration
    ) { guest in
      try expect(guest.link.configuration(count: 16).count, 16, "the length")
    },
    ConformanceCase(
      .configuration, "no-events-at-first", "No event is pending when a guest starts",
      source: RuleSource.configuration
    ) { guest in
      try expect(number(guest.link.configuration(count: 16), 0), 0, "events_read")
    },
    ConformanceCase(
      .configuration, "events-clear-reads-zero", "events_clear is read as 0, also after a write",
      source: RuleSource.configuration
    ) { guest in
      try guest.link.writeConfiguration([1, 0, 0, 0], at: 4)
      try expect(number(guest.link.configuration(count: 16), 4), 0, "events_clear")
    },
    ConformanceCase(
      .configuration, "scanout-count", "num_scanouts is 1 to 16", source: RuleSource.configuration
    ) { guest in
      let scanouts = try number(guest.link.configuration(count: 16), 8)
      try expect((1...16).contains(scanouts), "num_scanouts from 1 to 16", seen: "\(scanouts)")
    },
    ConformanceCase(
      .configuration, "no-capability-sets-without-3d", "num_capsets is 0 when VIRGL is not offered",
      source: "Linux waits five seconds for each capability set that is not there"
    ) { guest in
      guard !guest.features.contains(.virgl) else { throw CaseStop.skipped("the back end offers VIRGL") }
      try expect(number(guest.link.configuration(count: 16), 12), 0, "num_capsets")
    },
    ConformanceCase(
      .configuration, "writes-elsewhere", "A write to anything but events_clear changes nothing",
      source: RuleSource.configuration
    ) { guest in
      let before = try guest.link.configuration(count: 16)
      for offset in [0, 8, 12] {
        do {
          try guest.link.writeConfiguration([0xff, 0xff, 0xff, 0xff], at: offset)
        } catch FrontEndError.refused {}
        try expect(guest.link.configuration(count: 16), before, "the space after a write at \(offset)")
      }
    },
    ConformanceCase(
      .configuration, "part-is-read", "A part of the space is read like the whole", source: RuleSource.vhostUser
    ) { guest in
      let all = try guest.link.configuration(count: 16)
      for count in [4, 8, 12] {
        try expect(guest.link.configuration(count: count), Array(all.prefix(count)), "\(count) bytes")
      }
    },
    ConformanceCase(
      .configuration, "read-beyond-the-end", "A read beyond the end is refused, and the connection goes on",
      source: RuleSource.vhostUser, mayEnd: true
    ) { guest in
      do {
        _ = try guest.connection.frontEnd.readConfiguration(at: 200, count: 56)
      } catch FrontEndError.noConfiguration {} catch FrontEndError.wrongReply {}
      _ = try guest.connection.frontEnd.askNumber(.getFeatures)
    },
  ]

  /// The number at a place of some bytes; nil beyond their end.
  static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    bytes.dropFirst(place).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
