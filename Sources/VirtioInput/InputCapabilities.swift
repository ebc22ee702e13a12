internal import Display

/// What a device says about itself in its configuration space.
struct InputCapabilities {
  /// Range of an absolute axis, whose lowest value is 0.
  struct Axis {
    var code: UInt16
    var maximum: Int32
  }

  /// Properties of `linux/input-event-codes.h`: where a device points.
  private enum Property {
    /// `INPUT_PROP_POINTER`: it moves a pointer on the screen.
    static let pointer: UInt16 = 0
    /// `INPUT_PROP_DIRECT`: the user touches the screen itself.
    static let direct: UInt16 = 1
  }

  let name: String
  /// The number of the device among those of this program.
  let product: UInt16
  let properties: [UInt16]
  /// Codes of the events that it sends and takes, by their type.
  let codes: [UInt16: [UInt16]]
  let axes: [Axis]

  init(_ kind: InputDeviceKind) {
    let position = [
      Axis(code: AbsoluteAxis.x, maximum: DesktopPoint.maximum),
      Axis(code: AbsoluteAxis.y, maximum: DesktopPoint.maximum),
    ]
    let wheels = [
      RelativeAxis.wheel, RelativeAxis.horizontalWheel, RelativeAxis.wheelHighResolution,
      RelativeAxis.horizontalWheelHighResolution,
    ]
    let buttons = PointerButton.allCases.map(\.code.rawValue)
    name = "Scanout \(kind == .touch ? "touch screen" : kind.rawValue)"
    switch kind {
    case .keyboard:
      (product, properties, axes) = (1, [], [])
      // Repetition has no code: it says that the guest repeats keys by itself.
      codes = [
        EventType.key: KeyCode.allNamed.map(\.rawValue), EventType.led: KeyboardLEDs.codes,
        EventType.repetition: [0, 1],
      ]
    case .tablet:
      (product, properties, axes) = (2, [Property.pointer], position)
      codes = [
        EventType.key: buttons, EventType.relative: wheels, EventType.absolute: position.map(\.code),
      ]
    case .mouse:
      (product, properties, axes) = (3, [Property.pointer], [])
      codes = [EventType.key: buttons, EventType.relative: [RelativeAxis.x, RelativeAxis.y] + wheels]
    case .touch:
      (product, properties) = (4, [Property.direct])
      axes =
        position + [
          Axis(code: AbsoluteAxis.slot, maximum: Int32(InputEvent.maximumSlot)),
          Axis(code: AbsoluteAxis.touchX, maximum: DesktopPoint.maximum),
          Axis(code: AbsoluteAxis.touchY, maximum: DesktopPoint.maximum),
          Axis(code: AbsoluteAxis.trackingID, maximum: TouchState.maximumTrackingID),
        ]
      codes = [EventType.key: [TouchButton.touch], EventType.absolute: axes.map(\.code)]
    }
  }
}
