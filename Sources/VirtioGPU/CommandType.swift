/// What a request asks for (specification: `enum virtio_gpu_ctrl_type`).
public enum CommandType: UInt32, CaseIterable, Sendable {
  /// The specification calls this `VIRTIO_GPU_CMD_GET_DISPLAY_INFO`.
  case getDisplayInfo = 0x0100
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_CREATE_2D`.
  case resourceCreate2D
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_UNREF`.
  case resourceUnref
  /// The specification calls this `VIRTIO_GPU_CMD_SET_SCANOUT`.
  case setScanout
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_FLUSH`.
  case resourceFlush
  /// The specification calls this `VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D`.
  case transferToHost2D
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING`.
  case resourceAttachBacking
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING`.
  case resourceDetachBacking
  /// The specification calls this `VIRTIO_GPU_CMD_GET_CAPSET_INFO`.
  case getCapsetInfo
  /// The specification calls this `VIRTIO_GPU_CMD_GET_CAPSET`.
  case getCapset
  /// The specification calls this `VIRTIO_GPU_CMD_GET_EDID`.
  case getEDID
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID`.
  case resourceAssignUUID
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB`.
  case resourceCreateBlob
  /// The specification calls this `VIRTIO_GPU_CMD_SET_SCANOUT_BLOB`.
  case setScanoutBlob

  /// The specification calls this `VIRTIO_GPU_CMD_CTX_CREATE`.
  case contextCreate = 0x0200
  /// The specification calls this `VIRTIO_GPU_CMD_CTX_DESTROY`.
  case contextDestroy
  /// The specification calls this `VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE`.
  case contextAttachResource
  /// The specification calls this `VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE`.
  case contextDetachResource
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_CREATE_3D`.
  case resourceCreate3D
  /// The specification calls this `VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D`.
  case transferToHost3D
  /// The specification calls this `VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D`.
  case transferFromHost3D
  /// The specification calls this `VIRTIO_GPU_CMD_SUBMIT_3D`.
  case submit3D
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB`.
  case resourceMapBlob
  /// The specification calls this `VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB`.
  case resourceUnmapBlob

  /// The specification calls this `VIRTIO_GPU_CMD_UPDATE_CURSOR`.
  case updateCursor = 0x0300
  /// The specification calls this `VIRTIO_GPU_CMD_MOVE_CURSOR`.
  case moveCursor
}

extension CommandType {
  /// The features without which it is refused.
  var features: DeviceFeatures? {
    switch self {
    case .getEDID: .edid
    case .resourceAssignUUID: .resourceUUID
    case .resourceCreateBlob, .setScanoutBlob, .resourceMapBlob, .resourceUnmapBlob: .resourceBlob
    case .getCapsetInfo, .getCapset, .contextCreate, .contextDestroy, .contextAttachResource, .contextDetachResource,
      .resourceCreate3D, .transferToHost3D, .transferFromHost3D, .submit3D:
      .virgl
    case .getDisplayInfo, .resourceCreate2D, .resourceUnref, .setScanout, .resourceFlush, .transferToHost2D,
      .resourceAttachBacking, .resourceDetachBacking, .updateCursor, .moveCursor:
      nil
    }
  }
}
