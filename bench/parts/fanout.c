/*
 * The limit that fan-out is measured beside, and the clients of both: so lean that neither is what is measured.
 *
 *   fanout limit <clients> <bytes>
 *     Listens; prints {"port"}. When so many clients have come, each line "<n>\n" of its input sends n messages of so many
 *     bytes to every client, one send(2) each, as whole WebSocket frames.
 *   fanout clients <port> <clients> <websocket|socketio|raw>
 *     Connects so many, each subscribed to blockchain_events (raw: to nothing); prints {"connected"}. At each line
 *     "<n>\n" of its input: prints {"received"} as soon as every client has n events more. Answers pings.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 100, PREFIX = 96 };
#define EVENT "{\"type\":\"event\",\"channel\":\"blockchain_events\""

enum stage { UPGRADING, OPENING, JOINING, SUBSCRIBING, READY };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void allow_many_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) fail("setrlimit");
}

static void say(const char *key, long value) {
  printf("{\"%s\":%ld}\n", key, value);
  fflush(stdout);
}

/* ---- the limit */

static int limit(int clients, int bytes) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (bind(door, (struct sockaddr *)&at, size) || listen(door, 4096)) fail("listen");
  if (getsockname(door, (struct sockaddr *)&at, &size)) fail("getsockname");
  say("port", ntohs(at.sin_port));
  int *sockets = calloc(clients, sizeof *sockets);
  for (int n = 0; n < clients; n++) {
    if ((sockets[n] = accept(door, NULL, NULL)) < 0) fail("accept");
    setsockopt(sockets[n], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  char *frame = malloc(bytes);
  memset(frame, 'x', bytes);
  frame[0] = (char)0x81; /* FIN, text: RFC 6455 section 5.2 */
  frame[1] = 126;
  frame[2] = (char)((bytes - 4) >> 8);
  frame[3] = (char)(bytes - 4);
  memcpy(frame + 4, EVENT, sizeof EVENT - 1);
  char line[32];
  while (fgets(line, sizeof line, stdin))
    for (int n = atoi(line); n > 0; n--)
      for (int at_client = 0; at_client < clients; at_client++)
        if (send(sockets[at_client], frame, bytes, MSG_NOSIGNAL) != bytes) fail("send");
  return 0;
}

/* ---- the clients */

struct client {
  int socket;
  enum stage stage;
  long events;
  /* of the frame that is being read: its header, then its first bytes */
  uint8_t header[10];
  int header_length;
  uint64_t left;
  char prefix[PREFIX + 1];
  int prefix_length;
  /* how much of the end of the HTTP head was seen */
  int head_matched;
};

static const char *door;
static long wanted = 0, done = 0;
static int ready = 0;

static void send_text(struct client *to, int opcode, const char *text) {
  uint8_t frame[512];
  size_t length = strlen(text), at = 2;
  frame[0] = 0x80 | opcode;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame[at++] = length >> 8;
    frame[at++] = length;
  }
  memset(frame + at, 0, 4); /* a mask of zeros */
  memcpy(frame + at + 4, text, length);
  if (send(to->socket, frame, at + 4 + length, MSG_NOSIGNAL) < 0) fail("send");
}

static void got_ready(struct client *of) {
  if (of->stage != READY) ready++;
  of->stage = READY;
}

static void subscribe(struct client *to) {
  static const char *what = "{\"type\":\"subscribe\",\"channel\":\"blockchain_events\"}";
  static const char *packet = "42[\"subscribe\",{\"channel\":\"blockchain_events\"}]";
  to->stage = SUBSCRIBING;
  send_text(to, 1, strcmp(door, "socketio") ? what : packet);
}

/* A whole frame has arrived, of which `prefix` is the beginning. */
static void frame_arrived(struct client *to) {
  int opcode = to->header[0] & 15;
  const char *text = to->prefix;
  if (opcode == 9) send_text(to, 10, "");
  else if (strstr(text, "Subscribed to")) got_ready(to);
  else if (strstr(text, "\"channel\":\"blockchain_events\"")) {
    if (++to->events == wanted) done++;
  } else if (!strcmp(text, "2")) send_text(to, 1, "3"); /* engine.io: ping, pong */
  else if (to->stage == OPENING && text[0] == '0') {
    to->stage = JOINING;
    send_text(to, 1, "40");
  } else if (to->stage == JOINING && !strncmp(text, "40", 2)) subscribe(to);
}

/* Of its first two bytes: RFC 6455 section 5.2. */
static int header_size(const struct client *of) {
  if (of->header_length < 2) return 2;
  int length = of->header[1] & 127;
  return length == 126 ? 4 : length == 127 ? 10 : 2;
}

static void feed(struct client *to, const char *bytes, long length) {
  static const char end[] = "\r\n\r\n";
  while (length > 0 && to->stage == UPGRADING) {
    to->head_matched = *bytes == end[to->head_matched] ? to->head_matched + 1 : *bytes == '\r';
    bytes++, length--;
    if (to->head_matched < 4) continue;
    to->stage = OPENING;
    if (strcmp(door, "socketio")) subscribe(to);
  }
  while (length > 0) {
    if (to->header_length < header_size(to)) {
      to->header[to->header_length++] = (uint8_t)*bytes++;
      length--;
      if (to->header_length < header_size(to)) continue;
      to->left = to->header_length == 2 ? to->header[1] & 127 : 0;
      for (int n = 2; n < to->header_length; n++) to->left = to->left << 8 | to->header[n];
    } else {
      long taken = to->left < (uint64_t)length ? (long)to->left : length;
      long kept = PREFIX - to->prefix_length < taken ? PREFIX - to->prefix_length : taken;
      memcpy(to->prefix + to->prefix_length, bytes, kept);
      to->prefix_length += kept;
      to->left -= taken, bytes += taken, length -= taken;
    }
    if (to->left > 0) continue;
    to->prefix[to->prefix_length] = 0;
    frame_arrived(to);
    to->header_length = to->prefix_length = 0;
  }
}

static int connected_to(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int opened = socket(AF_INET, SOCK_STREAM, 0);
  if (opened < 0 || connect(opened, (struct sockaddr *)&at, sizeof at)) fail("connect");
  fcntl(opened, F_SETFL, O_NONBLOCK);
  return opened;
}

static void upgrade(struct client *to) {
  char request[512];
  const char *path = strcmp(door, "socketio") ? "/" : "/socket.io/?EIO=4&transport=websocket";
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                        path);
  if (send(to->socket, request, length, MSG_NOSIGNAL) != length) fail("send");
}

static void open_next(struct client *to, int queue, int port) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = to};
  to->socket = connected_to(port);
  if (epoll_ctl(queue, EPOLL_CTL_ADD, to->socket, &event)) fail("epoll_ctl");
  if (strcmp(door, "raw")) upgrade(to);
  else got_ready(to);
}

static void read_from(struct client *from) {
  static char buffer[262144];
  long length = recv(from->socket, buffer, sizeof buffer, 0);
  if (length > 0) feed(from, buffer, length);
  else if (length == 0 || errno != EAGAIN) {
    fprintf(stderr, "a client was closed\n");
    exit(1);
  }
}

static int clients(int port, int count) {
  struct client *all = calloc(count, sizeof *all);
  struct epoll_event events[256], input = {.events = EPOLLIN, .data.ptr = NULL};
  int queue = epoll_create1(0), opened = 0, told = 0;
  char line[32];
  if (epoll_ctl(queue, EPOLL_CTL_ADD, 0, &input)) fail("epoll_ctl");
  for (;;) {
    for (; opened < count && opened < ready + AT_ONCE; opened++) open_next(&all[opened], queue, port);
    if (ready == count && !told++) say("connected", count);
    if (wanted > 0 && done == count) {
      say("received", wanted);
      done = -1;
    }
    int arrived = epoll_wait(queue, events, 256, -1);
    for (int n = 0; n < arrived; n++) {
      struct client *from = events[n].data.ptr;
      if (from) read_from(from);
      else if (!fgets(line, sizeof line, stdin)) return 0;
      else {
        wanted += atol(line);
        done = 0;
        for (int at = 0; at < count; at++) done += all[at].events >= wanted;
      }
    }
  }
}

int main(int argc, char **argv) {
  allow_many_files();
  if (argc == 4 && !strcmp(argv[1], "limit")) return limit(atoi(argv[2]), atoi(argv[3]));
  if (argc != 5 || strcmp(argv[1], "clients")) return 2;
  door = argv[4];
  return clients(atoi(argv[2]), atoi(argv[3]));
}
