internal import Display
internal import GuestDriver
internal import VirtioGPU
internal import Wire

/// Requests that no driver should send, and that every device responds to.
extension ConformanceCase {
  static let mistakeCases: [ConformanceCase] =
    RequestMistake.all.map { mistake in
      let code = mistake.isCodeAgreed ? GuestBench.name(mistake.code.rawValue) : "an error"
      return ConformanceCase(
        .mistakes, mistake.name, "\(mistake.title) is responded to with \(code), and what is shown stays",
        source: mistake.isCodeAgreed ? RuleSource.control : RuleSource.robustness, needs: mistake.features
      ) { guest in
        let frame = try guest.setStage()
        let response = try guest.send(request: mistake.request)
        let isRight =
          mistake.isCodeAgreed
          ? response.type == mistake.code.rawValue : (0x1200...0x12ff).contains(response.type)
        guard isRight else {
          throw CaseStop.failed(expected: "the response \(code)", seen: GuestBench.name(response.type))
        }
        frame.surface.drawBlocks(7)
        try frame.flush()
        try guest.expectShown(frame)
      }
    } + [
      ConformanceCase(
        .mistakes, "unknown-command", "A command that is unknown is responded to with an error",
        source: RuleSource.control
      ) { guest in
        for type in [0, 0x00ff, 0x010e, 0x020a, 0x1100, 0xffff_ffff] as [UInt32] {
          var writer = ByteWriter()
          ControlHeader(type: type).write(to: &writer)
          writer.zeros(200)
          let response = try guest.send(request: writer.bytes)
          try expect(
            (0x1200...0x12ff).contains(response.type), "an error for 0x\(String(type, radix: 16))",
            seen: GuestBench.name(response.type))
        }
      },
      ConformanceCase(
        .mistakes, "short-request", "A request that ends too early is responded to with an error",
        source: RuleSource.robustness
      ) { guest in
        let whole = SetScanout(rectangle: Rectangle(x: 0, y: 0, width: 1, height: 1), scanout: 0, resourceID: 1)
        for count in [24, 39, 47] {
          let response = try guest.send(request: Array(whole.request().prefix(count)))
          try expect(
            (0x1200...0x12ff).contains(response.type), "an error for \(count) bytes of SET_SCANOUT",
            seen: GuestBench.name(response.type))
        }
      },
      ConformanceCase(
        .mistakes, "short-header", "A request without a whole header is given back",
        source: RuleSource.robustness
      ) { guest in
        for count in [1, 23] {
          _ = try guest.send(request: Array(GetDisplayInfo().request().prefix(count)))
        }
        try guest.provesNextFrame()
      },
      ConformanceCase(
        .mistakes, "cursor-command-on-the-control-queue",
        "A command of the cursor queue is responded to on the control queue", source: RuleSource.cursor
      ) { guest in
        _ = try guest.setStage()
        _ = try guest.send(
          request: UpdateCursor(CursorFields(scanout: 0, position: .zero, resourceID: 1)).request())
        try guest.provesNextFrame()
      },
    ]
}
