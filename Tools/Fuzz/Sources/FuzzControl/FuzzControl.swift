import ControlSocket
import Display
import FuzzSupport
import ScanoutTesting
import VirtioGPU

/// Fuzz target of control socket lines, each carried out on a device with outputs to spare.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let outputs = [Output(size: Size(width: 640, height: 480)), .unplugged, .unplugged]
  let device = Device(outputs: outputs, sink: EventRecorder(), clock: { .zero })
  var notifications = 0
  device.onConfigurationChange = { notifications += 1 }
  for line in input.split(separator: 0x0a) { check(Array(line), on: device) }
  // No driver looks at the device meanwhile.
  require(notifications <= 1, "\(notifications) notifications before the driver looked")
  return 0
}

private func check(_ line: [UInt8], on device: Device) {
  let before = device.outputs
  do throws(ControlError) {
    let request = try ControlRequest(line: line)
    require((try? ControlRequest(line: request.line)) == request, "\(request) changed by being written and read")
    do throws(OutputLayoutError) {
      if case .change(let change) = request {
        let output = try device.apply(change)
        require(device.outputs.indices.contains(output), "there is no output \(output)")
      }
    } catch {
      require(device.outputs == before, "\(request) failed and changed something")
    }
    let response = ControlResponse(outputs: device.outputStates, output: nil, guest: nil)
    require(response.line.count < ControlResponse.longest, "a response of \(response.line.count) bytes")
    require((try? ControlResponse(line: response.line)) == response, "a response changed by being written and read")
  } catch {
    require(error.description.count < 300, "an error of \(error.description.count) letters")
  }
}
