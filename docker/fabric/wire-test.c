/*
 * wire-test NEAR_PID NEAR FAR_PID FAR: measures one wire from end to end, below IP: frames of an ethertype of our own
 * between the interface NEAR in the network namespace of NEAR_PID, `up` to FAR in that of FAR_PID, and `down` back. One
 * process and one clock for both ends, so one way is one way; no address, route or NAT has a part in it.
 *
 * stdin, one phase a line, then its end: both directions run side by side, each its own phases in order:
 *   up|down PACKETS INTERVAL_US FRAME_BYTES
 *   wait MS          after the last frame, how long to listen on; all frames here ends it earlier
 * stdout, one JSON line for each phase in the order given:
 *   {"direction","sent","refused","received","reordered","firstAtUs","lastAtUs","delaysUs":[...]}
 * `refused`: frames that the interface itself did not take (longer than its MTU). Delays stand in the order of arrival.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <fcntl.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

/* IEEE Std 802 local experimental ethertype 1. */
#define ETHERTYPE_TEST 0x88B5
#define MAX_PHASES 16
#define MAX_PACKETS 100000
#define MIN_FRAME 60
#define MAX_FRAME 9014
#define GIVE_UP_S 30

struct payload {
  struct ether_header ethernet;
  uint32_t run, phase, sequence;
  int64_t sent_ns;
} __attribute__((packed));

struct end {
  int fd;
  unsigned char address[ETH_ALEN];
};

struct phase {
  int is_up;
  unsigned packets, frame_bytes;
  int64_t interval_ns;
  int64_t begin_ns; /* 0: not yet begun */
  unsigned next, refused, received, reordered, next_expected;
  int64_t first_at_ns, last_at_ns;
  int64_t *delays_ns;
};

static struct phase phases[MAX_PHASES];
static int phase_count;
static int64_t wait_ns = NS_PER_S;
static uint32_t run;

static struct end open_end(const char *pid, const char *interface) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/net", atoi(pid));
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(EXIT_BROKEN);
  }
  close(namespace);
  struct end end = {.fd = open_raw(interface, ETHERTYPE_TEST)};
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  if (ioctl(end.fd, SIOCGIFHWADDR, &request) < 0) fail("SIOCGIFHWADDR");
  memcpy(end.address, request.ifr_hwaddr.sa_data, ETH_ALEN);
  return end;
}

static void read_plan(void) {
  char line[128], direction[8];
  while (fgets(line, sizeof line, stdin)) {
    struct phase phase = {0};
    double interval_us, wait_ms;
    if (sscanf(line, "wait %lf", &wait_ms) == 1) {
      wait_ns = (int64_t)(wait_ms * 1e6);
      continue;
    }
    int fields = sscanf(line, "%7s %u %lf %u", direction, &phase.packets, &interval_us, &phase.frame_bytes);
    phase.is_up = strcmp(direction, "up") == 0;
    if (fields != 4 || (!phase.is_up && strcmp(direction, "down") != 0) || phase.packets > MAX_PACKETS ||
        phase.frame_bytes < MIN_FRAME || phase.frame_bytes > MAX_FRAME || phase_count == MAX_PHASES) {
      fprintf(stderr, "bad phase: %s", line);
      exit(2);
    }
    phase.interval_ns = (int64_t)(interval_us * 1000);
    phase.delays_ns = calloc(phase.packets + 1, sizeof *phase.delays_ns);
    phases[phase_count++] = phase;
  }
}

/* The first phase of a direction that still has frames to send, or NULL. */
static struct phase *current(int is_up) {
  for (int i = 0; i < phase_count; i++)
    if (phases[i].is_up == is_up && phases[i].next < phases[i].packets) return &phases[i];
  return NULL;
}

static int64_t due_ns(struct phase *phase, int64_t now) {
  if (phase->begin_ns == 0) phase->begin_ns = now;
  return phase->begin_ns + (int64_t)phase->next * phase->interval_ns;
}

/* Sends what is due. Returns when the next frame is, or INT64_MAX. */
static int64_t send_due(int is_up, const struct end *from, const struct end *to) {
  static char frame[MAX_FRAME];
  struct phase *phase;
  while ((phase = current(is_up))) {
    int64_t now = clock_ns(CLOCK_MONOTONIC), due = due_ns(phase, now);
    if (due > now) return due;
    struct payload payload = {.run = run, .phase = (uint32_t)(phase - phases), .sequence = phase->next, .sent_ns = now};
    memcpy(payload.ethernet.ether_dhost, to->address, ETH_ALEN);
    memcpy(payload.ethernet.ether_shost, from->address, ETH_ALEN);
    payload.ethernet.ether_type = htons(ETHERTYPE_TEST);
    memcpy(frame, &payload, sizeof payload);
    if (send(from->fd, frame, phase->frame_bytes, MSG_DONTWAIT) < 0) {
      if (errno == EAGAIN || errno == ENOBUFS) return now + 200000;
      if (errno != EMSGSIZE) fail("send");
      phase->refused++;
    }
    phase->next++;
  }
  return INT64_MAX;
}

static void receive(int is_up, const struct end *at) {
  for (;;) {
    char frame[MAX_FRAME], control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec part = {frame, sizeof frame};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(at->fd, &message, MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      fail("receive");
    }
    struct payload payload;
    if ((size_t)got < sizeof payload) continue;
    memcpy(&payload, frame, sizeof payload);
    if (payload.run != run || payload.phase >= (uint32_t)phase_count) continue;
    struct phase *phase = &phases[payload.phase];
    if (phase->is_up != is_up || phase->received >= phase->packets) continue;
    int64_t arrived = arrival_ns(&message, clock_ns(CLOCK_MONOTONIC), realtime_offset_ns());
    if (phase->received == 0) phase->first_at_ns = arrived;
    phase->last_at_ns = arrived;
    phase->delays_ns[phase->received++] = arrived - payload.sent_ns;
    if (payload.sequence < phase->next_expected) phase->reordered++;
    else phase->next_expected = payload.sequence + 1;
  }
}

static int is_complete(void) {
  for (int i = 0; i < phase_count; i++)
    if (phases[i].received + phases[i].refused < phases[i].packets) return 0;
  return 1;
}

static void print_phase(const struct phase *phase, int64_t zero) {
  printf("{\"direction\":\"%s\",\"sent\":%u,\"refused\":%u,\"received\":%u,\"reordered\":%u,", phase->is_up ? "up" : "down",
         phase->next - phase->refused, phase->refused, phase->received, phase->reordered);
  printf("\"firstAtUs\":%.1f,\"lastAtUs\":%.1f,\"delaysUs\":[", (double)(phase->first_at_ns - zero) / 1e3,
         (double)(phase->last_at_ns - zero) / 1e3);
  for (unsigned i = 0; i < phase->received; i++)
    printf("%s%.1f", i == 0 ? "" : ",", (double)phase->delays_ns[i] / 1e3);
  printf("]}\n");
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: wire-test NEAR_PID NEAR FAR_PID FAR\n");
    return 2;
  }
  read_plan();
  if (getrandom(&run, sizeof run, 0) != sizeof run) fail("getrandom");
  int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  struct end near = open_end(argv[1], argv[2]);
  struct end far = open_end(argv[3], argv[4]);
  if (here < 0 || setns(here, CLONE_NEWNET) < 0) fail("own namespace");
  be_punctual();
  alarm(GIVE_UP_S);
  int64_t zero = clock_ns(CLOCK_MONOTONIC), quiet_at = 0;
  while (!is_complete()) {
    int64_t next_up = send_due(1, &near, &far), next_down = send_due(0, &far, &near);
    int64_t now = clock_ns(CLOCK_MONOTONIC), next = next_up < next_down ? next_up : next_down;
    if (next == INT64_MAX) {
      if (quiet_at == 0) quiet_at = now + wait_ns;
      if (now >= quiet_at) break;
      next = quiet_at;
    }
    int64_t pause = next > now ? next - now : 0;
    struct timespec timeout = {pause / NS_PER_S, pause % NS_PER_S};
    struct pollfd polled[] = {{.fd = far.fd, .events = POLLIN}, {.fd = near.fd, .events = POLLIN}};
    if (ppoll(polled, 2, &timeout, NULL) < 0 && errno != EINTR) fail("poll");
    if (polled[0].revents) receive(1, &far);
    if (polled[1].revents) receive(0, &near);
  }
  for (int i = 0; i < phase_count; i++) print_phase(&phases[i], zero);
  return 0;
}
