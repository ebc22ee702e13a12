/// Types and codes of Linux's input events (`linux/input-event-codes.h`), which virtio-input carries.
enum EventType {
  static let synchronization: UInt16 = 0x00
  static let key: UInt16 = 0x01
  static let relative: UInt16 = 0x02
  static let absolute: UInt16 = 0x03
  static let led: UInt16 = 0x11
  static let repetition: UInt16 = 0x14
}

/// Codes of relative axes.
enum RelativeAxis {
  static let x: UInt16 = 0x00
  static let y: UInt16 = 0x01
  static let horizontalWheel: UInt16 = 0x06
  static let wheel: UInt16 = 0x08
  static let wheelHighResolution: UInt16 = 0x0b
  static let horizontalWheelHighResolution: UInt16 = 0x0c
}

/// Codes of absolute axes.
enum AbsoluteAxis {
  static let x: UInt16 = 0x00
  static let y: UInt16 = 0x01
  static let slot: UInt16 = 0x2f
  static let touchX: UInt16 = 0x35
  static let touchY: UInt16 = 0x36
  static let trackingID: UInt16 = 0x39
}

/// Buttons that are no pointer's.
enum TouchButton {
  static let touch: UInt16 = 0x14a
}
