import Display
import Text

extension BenchReport {
  /// The report as a table for people.
  var text: String {
    let hasRatios = backEnds.count > 1
    var lines: [[String]] = [
      [""] + backEnds.flatMap { [$0.name.printable, "", "", ""] } + (hasRatios ? ["times the", "first"] : []),
      [""] + backEnds.flatMap { _ in ["median", "99 %", "CPU", "rate"] } + (hasRatios ? ["median", "CPU"] : []),
    ]
    var size: Size?
    for row in rows {
      if let heading = row.size, heading != size { lines.append([heading.description]) }
      size = row.size
      lines.append(
        [(row.size == nil ? "" : "  ") + Self.title(row.operation)] + row.figures.flatMap(Self.cells)
          + (hasRatios ? [row.ratios, row.processorRatios].map(Self.cell) : []))
    }
    return (Self.aligned(lines) + [""] + backEnds.map(Self.note)).joined(separator: "\n")
  }

  private static func title(_ operation: BenchMeasure.Operation) -> String {
    switch operation {
    case .command: "smallest command"
    case .cursor: "cursor, 64x64"
    case .frame: "frame: transfer + flush"
    case .part: "64x64 of it"
    case .flush: "flush alone"
    case .blobFlush: "frame of a guest blob"
    }
  }

  private static func cell(_ ratios: [Double?]) -> String {
    ratios.map { $0.map { number($0, 1) } ?? "-" }.joined(separator: ", ")
  }

  private static func cells(_ figure: Figure?) -> [String] {
    guard let figure else { return ["not offered", "", "", ""] }
    let rate =
      "\(number(figure.operationsPerSecond, 0))/s"
      + (figure.gigabytesPerSecond.map { ", \(number($0, 1)) GB/s" } ?? "")
    return [
      microseconds(figure.medianMicroseconds), microseconds(figure.percentile99Microseconds),
      figure.processorMicroseconds.map(microseconds) ?? "-", rate,
    ]
  }

  private static func microseconds(_ value: Double) -> String { "\(number(value, value < 100 ? 1 : 0)) µs" }

  /// Sentence on how the back end delivered its frames, which its figures depend on.
  private static func note(_ backEnd: BackEnd) -> String {
    let name = backEnd.name.printable
    guard let display = backEnd.display else { return "\(name) takes no display socket." }
    let gigabytes = number(Double(display.pixelBytes) / 1e9, 1)
    return switch (display.updates, display.sharedUpdates) {
    case (0, 0): "\(name) sent no frame over the display socket: its figures do not have the sending of frames in them."
    case (_, 0): "\(name) sent \(display.updates) parts of frames, \(gigabytes) GB, over the display socket."
    default:
      "\(name) showed \(display.sharedUpdates) parts of frames in shared buffers, and sent \(display.updates)."
    }
  }

  /// Columns of equal width: the first to the left, figures to the right.
  private static func aligned(_ lines: [[String]]) -> [String] {
    let count = lines.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in lines.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return lines.map { cells in
      let line = cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// A number with this many digits after the point, and commas between thousands.
  private static func number(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value * scale).rounded()
    guard scaled.isFinite, abs(scaled) < 1e15 else { return "\(value)" }
    let whole = Int(scaled / scale)
    var text = ""
    for (position, digit) in String(whole).reversed().enumerated() {
      if position > 0, position.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    text = String(text.reversed())
    guard digits > 0 else { return text }
    let fraction = String(Int(scaled) - whole * Int(scale))
    return text + "." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
