/* What the two programs share: raw sockets on an interface, and when a frame came. */
#ifndef FRAMES_H
#define FRAMES_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_S 1000000000LL
#define BUFFER_BYTES (32 << 20)

/* Exit codes: the machine lacks the means (the scenario is skipped then), or anything else went wrong. */
enum { EXIT_NO_MEANS = 3, EXIT_BROKEN = 1 };

static inline int64_t clock_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * NS_PER_S + time.tv_nsec;
}

/* Ends the program. A refusal of raw sockets as such is no fault of the lab's. */
static inline void fail(const char *what) {
  int reason = errno;
  int is_refused = reason == EPERM || reason == EACCES || reason == EAFNOSUPPORT || reason == EPROTONOSUPPORT;
  fprintf(stderr, "%s: %s\n", what, strerror(reason));
  exit(is_refused ? EXIT_NO_MEANS : EXIT_BROKEN);
}

/* A raw socket that hears `protocol` (host order) on one interface, with the kernel's arrival times. */
static inline int open_raw(const char *interface, uint16_t protocol) {
  int one = 1, bytes = BUFFER_BYTES;
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("raw socket");
  struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(protocol),
                                .sll_ifindex = (int)if_nametoindex(interface)};
  if (address.sll_ifindex == 0) fail(interface);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0) fail("SO_TIMESTAMPNS");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  return fd;
}

/* How far the clock of arrival times is from CLOCK_MONOTONIC. */
static inline int64_t realtime_offset_ns(void) {
  int64_t before = clock_ns(CLOCK_MONOTONIC);
  int64_t real = clock_ns(CLOCK_REALTIME);
  return real - (before + clock_ns(CLOCK_MONOTONIC)) / 2;
}

/*
 * When the kernel got the frame, in CLOCK_MONOTONIC: how late this process woke up does not count. A frame that comes
 * with another clock's time, as one bridged from a pacing sender may, counts as just arrived.
 */
static inline int64_t arrival_ns(struct msghdr *message, int64_t now, int64_t offset) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec stamp;
    memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
    int64_t at = stamp.tv_sec * NS_PER_S + stamp.tv_nsec - offset;
    if (at <= now && at > now - NS_PER_S) return at;
  }
  return now;
}

/*
 * Timers that fire when they should (the default slack is 50 us), and a turn at once when one does: on a busy machine a
 * process like any other is late by tens of milliseconds, and this one works for microseconds. Where real time is
 * refused (no CAP_SYS_NICE, or a cgroup without a share of it) the program works, less exactly.
 */
static inline void be_punctual(void) {
  struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
  prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
  if (sched_setscheduler(0, SCHED_FIFO, &lowest) < 0) setpriority(PRIO_PROCESS, 0, -20);
}

#endif
