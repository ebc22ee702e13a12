import ArgumentParser
import Serving

extension PathRoles {
  /// Throws a validation error when two paths of the command line conflict.
  func validate() throws(ValidationError) {
    do throws(PathConflict) { try check() } catch { throw ValidationError(error.description) }
  }
}
