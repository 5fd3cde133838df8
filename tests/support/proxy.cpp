#include "support/proxy.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace tide::test {
namespace {

constexpr int kPollMs = 20;
constexpr std::uint32_t kFirstRequestCode = 80877102;  // cancel, TLS and GSS requests come before the start-up message
constexpr std::uint32_t kLastRequestCode = 80877104;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

std::uint32_t number_at(const std::string& bytes, std::size_t offset) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return ntohl(number);
}

// What there is to read; false at the end of the stream.
bool read_some(int fd, std::string& into) {
  char buffer[65536];
  const ssize_t count = read(fd, buffer, sizeof buffer);
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void close_with_reset(int fd) {
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

// The kernel loses, without a word to the sender, every packet that comes for this socket.
void drop_packets(int fd) {
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &nothing};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    throw std::system_error(errno, std::generic_category(), "the proxy's filter");
  }
}

void hear_packets(int fd) {
  const int ignored = 0;
  setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof ignored);
}

}  // namespace

Proxy::Proxy(int server_port, Fault fault) : server_port_(server_port), fault_(std::move(fault)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "the proxy's socket");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { work(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  thread_.join();
  for (Link& link : links_) end(link, true);
  close(listener_);
}

void Proxy::work() {
  while (!stopping_) {
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const Link& link : links_) {
      polled.push_back({link.stalled ? -1 : link.client, POLLIN, 0});
      polled.push_back({link.stalled ? -1 : link.server, POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), kPollMs) <= 0) continue;
    for (std::size_t i = links_.size(); i-- > 0;) {
      if (links_[i].client < 0) continue;
      bool goes_on = polled[2 * i + 1].revents == 0 || from_client(links_[i]);
      if (links_[i].client >= 0 && goes_on && polled[2 * i + 2].revents != 0) goes_on = from_server(links_[i]);
      if (!goes_on) end(links_[i], false);
    }
    links_.erase(std::remove_if(links_.begin(), links_.end(), [](const Link& link) { return link.client < 0; }),
                 links_.end());
    if (polled[0].revents != 0) accept_client();
  }
}

void Proxy::accept_client() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server_port_);
  if (refusing_ || connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(server);
    return close_with_reset(client);
  }
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  links_.push_back({client, server});
}

bool Proxy::from_client(Link& link) {
  if (!read_some(link.client, link.unread)) return false;
  for (;;) {
    const std::size_t head = link.started ? 1 : 0;
    if (link.unread.size() < head + 8 && !(link.started && link.unread.size() >= 5)) return true;
    const std::size_t size = head + number_at(link.unread, head);
    if (link.unread.size() < size) return true;
    const std::string message = link.unread.substr(0, size);
    link.unread.erase(0, size);
    if (!link.started) {
      const std::uint32_t code = number_at(message, 4);
      link.started = code < kFirstRequestCode || code > kLastRequestCode;
    }
    if (!pass(link, message)) return false;
    if (link.stalled || link.client < 0) return true;
  }
}

bool Proxy::pass(Link& link, const std::string& message) {
  if (!strikes(message)) return write_all(link.server, message);
  if (fault_.when == Fault::When::kBefore) return strike(link);
  if (!write_all(link.server, message)) return false;
  if (fault_.when == Fault::When::kAfter) return strike(link);
  link.muted = true;
  return true;
}

bool Proxy::from_server(Link& link) {
  std::string bytes;
  if (!read_some(link.server, bytes)) return false;
  return link.muted ? strike(link) : write_all(link.client, bytes);
}

bool Proxy::strikes(const std::string& message) {
  const bool statement = message.front() == 'Q' || message.front() == 'P';
  const std::string wanted = fault_.at_end ? fault_.text + '\0' : fault_.text;
  return !struck_ && statement && message.find(wanted) != std::string::npos && ++seen_ == fault_.nth;
}

bool Proxy::strike(Link& link) {
  struck_ = true;
  if (fault_.act == Fault::Act::kStall) {
    stall();
    return true;
  }
  refusing_ = fault_.refuse;
  if (fault_.act == Fault::Act::kKill) {
    while (target_ == 0 && !stopping_) usleep(1000);
    if (target_ != 0) kill(target_, SIGKILL);
  }
  const bool reset = fault_.act == Fault::Act::kReset;
  if (!fault_.every_connection) {
    end(link, reset);
    return true;
  }
  for (Link& each : links_) end(each, reset);
  return true;
}

void Proxy::stall() {
  drop_packets(listener_);
  for (Link& each : links_) {
    drop_packets(each.client);
    drop_packets(each.server);
    each.stalled = true;
  }
}

void Proxy::allow() {
  refusing_ = false;
  hear_packets(listener_);
}

void Proxy::end(Link& link, bool reset) {
  if (link.client < 0) return;
  for (const int fd : {link.client, link.server}) reset ? close_with_reset(fd) : static_cast<void>(close(fd));
  link.client = link.server = -1;
}

}  // namespace tide::test
