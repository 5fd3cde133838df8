#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "lua/script.h"

namespace tide {
namespace {

Json request_of(const Args& args) {
  if (args.has("html") && args.has("md")) {
    throw Error(ErrorKind::kUsage, "--html and --md do not go together").advise("tide help report");
  }
  Json::Object request{{"format", args.has("html") ? "html" : "md"}, {"verify", args.has("verify")}};
  if (args.has("RUN")) request.emplace_back("run", args.text("RUN"));
  return request;
}

}  // namespace

int run_report(Session& session) {
  const Json answer = report_run(session.engine().lua(), request_of(session.args()));
  if (session.json()) {
    session.output().document(*answer.find("document"));
  } else {
    session.output().print(std::get<std::string>(answer.find("text")->data));
  }
  return 0;
}

}  // namespace tide
