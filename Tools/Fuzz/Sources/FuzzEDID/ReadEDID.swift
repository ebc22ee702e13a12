import Display
import FuzzSupport
import VirtioGPU

/// An EDID as a driver reads it: base block, detailed timing, DisplayID extension.
struct ReadEDID {
  private let bytes: [UInt8]

  /// A mode, in pixels, rows and units of 10 kHz.
  private struct Mode {
    let active: (width: Int, height: Int)
    let blank: (width: Int, height: Int)
    let front: (width: Int, height: Int)
    let sync: (width: Int, height: Int)
    let clock: Int
    /// The highest clock that the block can say.
    let fastest: Int
  }

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Ends the process unless it is well formed and says what the output is.
  func require(_ output: Output) {
    // Nothing is plugged in.
    guard output.isEnabled else { return FuzzSupport.require(bytes.isEmpty, "\(output) has an EDID") }
    FuzzSupport.require(bytes.starts(with: [0, 255, 255, 255, 255, 255, 255, 0]), "an EDID has no header")
    FuzzSupport.require(bytes[18] == 1 && bytes[19] == 4, "an EDID is of another version")
    FuzzSupport.require(bytes.count == 128 * (1 + Int(bytes[126])), "an EDID has \(bytes.count) bytes")
    for block in stride(from: 0, to: bytes.count, by: 128) {
      FuzzSupport.require(sum(block..<block + 128) == 0, "block \(block / 128) does not add up to zero")
    }
    // Of four descriptors, those that begin with a clock are timings.
    for start in stride(from: 54, to: 126, by: 18) where word(start) == 0 {
      FuzzSupport.require([0x10, 0xfc, 0xfd, 0xfe, 0xff].contains(bytes[start + 3]), "a descriptor is unknown")
    }
    // Less than a centimetre is no size.
    let isTiny = min(output.millimetres.width, output.millimetres.height) < 10
    let size = isTiny ? Size(width: 0, height: 0) : output.millimetres
    judgeCentimetres(size)
    guard !output.size.isEmpty else { return }
    if bytes.count == 128 {
      FuzzSupport.require(word(54) != 0, "\(output) has no timing")
      let (high, low) = (Int(bytes[68]), (Int(bytes[66]), Int(bytes[67])))
      let millimetres = ((high >> 4) << 8 | low.0, (high & 15) << 8 | low.1)
      FuzzSupport.require(
        millimetres == (Int(min(size.width, 4095)), Int(min(size.height, 4095))),
        "\(output) measures \(millimetres)")
      judge(detailed, output)
    } else {
      FuzzSupport.require(word(54) != 0, "\(output) has no timing in its base block")
      judge(displayID(), output)
    }
  }

  private func judgeCentimetres(_ size: Size) {
    FuzzSupport.require(
      Int(bytes[21]) == min(255, Int(size.width / 10)) && Int(bytes[22]) == min(255, Int(size.height / 10)),
      "\(size) is said to be \(bytes[21]) by \(bytes[22]) centimetres")
  }

  private func judge(_ mode: Mode, _ output: Output) {
    let size = (Int(min(output.size.width, 65535)), Int(min(output.size.height, 65535)))
    FuzzSupport.require(mode.active == size, "\(output) has the mode \(mode)")
    FuzzSupport.require(
      mode.front.width > 0 && mode.sync.width > 0 && mode.front.width + mode.sync.width < mode.blank.width
        && mode.front.height > 0 && mode.sync.height > 0 && mode.front.height + mode.sync.height < mode.blank.height,
      "\(output) is blanked by \(mode)")
    // What is drawn in a second, within the half unit that rounding takes, or as fast as can be said.
    let refresh = Int(min(max(1000, output.refreshMillihertz), 1_000_000))
    let exact = (size.0 + mode.blank.width) * (size.1 + mode.blank.height) * refresh
    let isExact = abs(mode.clock * 10_000_000 - exact) <= 5_000_000
    let isLimit = mode.clock == mode.fastest && exact > mode.clock * 10_000_000
    FuzzSupport.require(mode.clock >= 1000, "\(output) has a clock below 10 MHz in \(mode)")
    FuzzSupport.require(isExact || isLimit, "\(output) has the clock of \(mode)")
  }

  private var detailed: Mode {
    let at = Array(bytes[54..<72]).map { Int($0) }
    return Mode(
      active: ((at[4] >> 4) << 8 | at[2], (at[7] >> 4) << 8 | at[5]),
      blank: ((at[4] & 15) << 8 | at[3], (at[7] & 15) << 8 | at[6]),
      front: ((at[11] >> 6) << 8 | at[8], (at[11] >> 2 & 3) << 4 | at[10] >> 4),
      sync: ((at[11] >> 4 & 3) << 8 | at[9], (at[11] & 3) << 4 | at[10] & 15),
      clock: word(54), fastest: 0xffff)
  }

  private func displayID() -> Mode {
    FuzzSupport.require(bytes.count == 256 && bytes[128] == 0x70, "the extension is no DisplayID")
    let end = 129 + 5 + Int(bytes[130])
    FuzzSupport.require(end <= 255 && sum(129..<end) == 0, "the DisplayID section does not add up to zero")
    // Blocks of a tag, a revision and a length, then as many bytes.
    var start = 133
    while start + 3 < end, bytes[start] != 3 { start += 3 + Int(bytes[start + 2]) }
    FuzzSupport.require(start + 23 < end && bytes[start + 2] == 20, "the section has no detailed timing")
    start += 3
    func field(_ offset: Int) -> Int { 1 + word(start + offset) }
    FuzzSupport.require(bytes[start + 3] & 0x80 != 0, "the mode is not preferred")
    return Mode(
      active: (field(4), field(12)), blank: (field(6), field(14)),
      front: (1 + word(start + 8) & 0x7fff, 1 + word(start + 16) & 0x7fff), sync: (field(10), field(18)),
      clock: 1 + word(start) + Int(bytes[start + 2]) << 16, fastest: 1 << 24)
  }

  private func word(_ offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }

  private func sum(_ range: Range<Int>) -> UInt8 { bytes[range].reduce(0, &+) }
}
