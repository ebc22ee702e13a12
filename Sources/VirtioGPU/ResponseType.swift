/// The type of a response (specification: `enum virtio_gpu_ctrl_type`, responses).
public enum ResponseType: UInt32, Sendable {
  /// Done. The specification calls this `VIRTIO_GPU_RESP_OK_NODATA`.
  case okNoData = 0x1100
  /// The specification calls this `VIRTIO_GPU_RESP_OK_DISPLAY_INFO`.
  case okDisplayInfo
  /// The specification calls this `VIRTIO_GPU_RESP_OK_CAPSET_INFO`.
  case okCapsetInfo
  /// The specification calls this `VIRTIO_GPU_RESP_OK_CAPSET`.
  case okCapset
  /// The specification calls this `VIRTIO_GPU_RESP_OK_EDID`.
  case okEDID
  /// The specification calls this `VIRTIO_GPU_RESP_OK_RESOURCE_UUID`.
  case okResourceUUID
  /// The specification calls this `VIRTIO_GPU_RESP_OK_MAP_INFO`.
  case okMapInfo

  /// The command is unknown, not negotiated, or its data cannot be had. The specification calls this
  /// `VIRTIO_GPU_RESP_ERR_UNSPEC`.
  case unspecified = 0x1200
  /// The specification calls this `VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY`.
  case outOfMemory
  /// The specification calls this `VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID`.
  case invalidScanoutID
  /// The specification calls this `VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID`.
  case invalidResourceID
  /// The specification calls this `VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID`.
  case invalidContextID
  /// The specification calls this `VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER`.
  case invalidParameter
}
