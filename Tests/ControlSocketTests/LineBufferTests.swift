import ControlSocket
import Testing

@Suite("The line buffer")
struct LineBufferTests {
  private func lines(_ pieces: [String], limit: Int = 8) -> [LineBuffer.Next] {
    var buffer = LineBuffer(limit: limit)
    var found: [LineBuffer.Next] = []
    for piece in pieces {
      buffer.append(Array(piece.utf8))
      while let next = buffer.next() {
        found.append(next)
        if next == .tooLong { return found }
      }
    }
    while let next = buffer.next(isEnd: true) {
      found.append(next)
      if next == .tooLong { return found }
    }
    return found
  }

  private func line(_ text: String) -> LineBuffer.Next { .line(Array(text.utf8)) }

  @Test("lines come out whole, however their bytes arrived")
  func pieces() {
    let expected = [line("one"), line("two"), line("3")]
    #expect(lines(["one\ntwo\n3\n"]) == expected)
    #expect(lines(["one\ntwo\n3"]) == expected)
    #expect(lines("one\n\n\ntwo\n3".map { String($0) }) == expected)
    #expect(lines(["", "\n", "\n\n"]) == [])
  }

  @Test("a line of the limit's length is taken, one more byte is too long, with or without its end")
  func limit() {
    #expect(lines(["12345678\n"]) == [line("12345678")])
    #expect(lines(["12345678"]) == [line("12345678")])
    #expect(lines(["123456789\n"]) == [.tooLong])
    #expect(lines(["123456789"]) == [.tooLong])
    #expect(lines(["1\n123456789012345"]) == [line("1"), .tooLong])
  }
}
