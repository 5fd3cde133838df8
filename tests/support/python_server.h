#pragma once

#include <string>

#include "support/process.h"

namespace tide::test {

// A server of tests/support, NAME.py FOLDER, which is ready when the object is there. It goes with the object, and also
// when the test dies.
class PythonServer {
 public:
  PythonServer(const std::string& name, const std::string& folder);

 private:
  Process process_;
};

}  // namespace tide::test
