#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace tide::test {

// What the proxy does to a client when one of its statements (not their values) holds a text.
struct Fault {
  enum class When {
    kBefore,
    kAfter,
    kAnswered
  };  // before the message is forwarded; right after; when the answer, which
      // the client does not get, has come back
  enum class Act {
    kReset,
    kClose,
    kKill,
    kStall
  };  // RST; FIN; SIGKILL to the process aimed at; from now on every packet is lost, as when a network dies

  std::string text;     // "COMMIT"
  bool at_end = false;  // the statement must end with the text: "BEGIN; RESET ALL; COMMIT; BEGIN" does not
  int nth = 1;          // of the messages that hold it, counted over all connections
  When when = When::kBefore;
  Act act = Act::kReset;
  bool every_connection = false;  // not only the one that sent the message
  bool refuse = false;            // later connections are reset too, until allow() (kStall: theirs are lost)
};

// A TCP proxy on 127.0.0.1 before a PostgreSQL server on the same address. It reads the client's protocol message by
// message (without TLS) and strikes once.
class Proxy {
 public:
  Proxy(int server_port, Fault fault);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const { return port_; }
  void aim(pid_t process) { target_ = process; }  // kKill waits for it
  bool struck() const { return struck_; }
  void allow();  // lets new connections through again; what is stalled stays so

 private:
  struct Link {
    int client;
    int server;
    bool started = false;     // past the start-up messages, which have no type byte
    bool muted = false;       // the answer is awaited and kept from the client
    bool stalled = false;     // neither end hears of the other any more
    std::string unread = {};  // less than one message
  };
  void work();
  void accept_client();
  bool from_client(Link& link);  // false: the link is over
  bool from_server(Link& link);
  bool pass(Link& link, const std::string& message);
  bool strikes(const std::string& message);
  bool strike(Link& link);
  void stall();
  void end(Link& link, bool reset);

  const int server_port_;
  const Fault fault_;
  int listener_ = -1;
  int port_ = 0;
  int seen_ = 0;
  std::vector<Link> links_;
  std::atomic<pid_t> target_{0};
  std::atomic<bool> struck_{false};
  std::atomic<bool> refusing_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tide::test
