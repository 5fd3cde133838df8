// http_floor serve             answers every request on 127.0.0.1 with 200 and 100 bytes; prints its port
// http_floor ask COUNT URL     asks COUNT times with libcurl's easy interface and one handle, prints microseconds for
// one
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void answer_all(int client) {
  char request[65536], answer[256];
  const int size = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n%0100d", 0);
  size_t held = 0;
  ssize_t count;
  const int one = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  while ((count = read(client, request + held, sizeof request - 1 - held)) > 0) {
    held += (size_t)count;
    request[held] = 0;
    if (strstr(request, "\r\n\r\n") == NULL) continue;
    held = 0;
    if (write(client, answer, (size_t)size) != size) break;
  }
  close(client);
}

static int serve(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, length) != 0 || listen(listener, 16) != 0) return 1;
  getsockname(listener, (struct sockaddr*)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) answer_all(accept(listener, NULL, NULL));
}

struct body {
  char data[4096];
  size_t size;
};

static size_t keep(char* data, size_t size, size_t count, void* to) {
  struct body* body = to;
  if (body->size + size * count > sizeof body->data) return 0;
  memcpy(body->data + body->size, data, size * count);
  body->size += size * count;
  return size * count;
}

static int ask(int count, const char* url) {
  CURL* easy = curl_easy_init();
  struct body body;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  const double begun = now();
  for (int i = 0; i < count; ++i) {
    long status = 0;
    body.size = 0;
    if (curl_easy_perform(easy) != CURLE_OK) return 1;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 || body.size != 100) return 1;
  }
  printf("%.2f\n", (now() - begun) / count * 1e6);
  curl_easy_cleanup(easy);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "serve") == 0) return serve();
  return argc == 4 ? ask(atoi(argv[2]), argv[3]) : 2;
}
