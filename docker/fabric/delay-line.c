/*
 * delay-line NEAR FAR: one wire with conditions. Carries Ethernet frames between two interfaces that no bridge holds:
 * `up` from NEAR (the node's end) to FAR (the end that is in a segment's bridge), `down` the other way.
 *
 * stdin, one command a line, each answered by one JSON line with the counters of both directions; its end ends this:
 *   up|down [latencyMs=N] [jitterMs=N] [loss=N] [rateKbps=N] [queueMs=N] [mtu=N]   what is not named is as on a bare wire
 *   counters
 *
 * Order in each direction: frames longer than the MTU vanish; then random loss; then a transmitter of the given rate,
 * before which a frame waits at most `queueMs`; then latency plus a uniform draw of -jitter to +jitter, where no frame
 * overtakes another. Frames already under way keep the time they were given when conditions change.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

/* Newer than some distributions' headers (Linux 6.2). */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define BATCH 64
#define MAX_BATCHES 8
#define HEADER_BYTES sizeof(struct virtio_net_hdr)
#define FRAME_BYTES (HEADER_BYTES + ETH_HLEN + 4 + 65536)
#define LINE_BYTES 512
/* Frames due within this time leave together: a wake-up for each would cost more than all else. */
#define GRAIN_NS 50000
/* What one direction may hold; more is dropped and counted as the lab's own fault. */
#define MAX_HELD_BYTES (64 << 20)

struct conditions {
  double latency_ms, jitter_ms, loss, rate_kbps, queue_ms, mtu;
};

struct frame {
  struct frame *next;
  int64_t due_ns;
  size_t length;
  char bytes[]; /* virtio_net_hdr, then Ethernet */
};

struct direction {
  const char *name;
  int from, to;
  struct conditions conditions;
  struct frame *head, **tail;
  size_t held_bytes;
  int64_t idle_at_ns, last_due_ns;
  /*
   * How long an arrival may stay unread while other frames are held; 0: not at all. The kernel notes when it came, so
   * nothing is late as long as this is below the latency.
   */
  int64_t unread_ns;
  struct {
    /* Segments count, where the kernel hands several over as one frame. */
    unsigned long long received, sent, lost, too_long, queue_full, overrun;
  } count;
};

static struct direction up = {.name = "up"}, down = {.name = "down"};
static uint64_t random_state[4];

/* xoshiro256** 1.0 (Blackman and Vigna, public domain), as a number in [0, 1). */
static double draw(void) {
  uint64_t *s = random_state;
  uint64_t result = s[1] * 5;
  result = ((result << 7) | (result >> 57)) * 9;
  uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return (double)(result >> 11) * 0x1.0p-53;
}

/* What a frame is on a wire: usually itself. With segmentation offload it stands for several, each with all headers. */
struct on_wire {
  size_t segments, bytes, largest;
};

static struct on_wire on_wire(const char *bytes, size_t length) {
  struct virtio_net_hdr header;
  memcpy(&header, bytes, sizeof header);
  const unsigned char *frame = (const unsigned char *)bytes + HEADER_BYTES;
  size_t whole = length - HEADER_BYTES;
  int type = header.gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
  if (type == VIRTIO_NET_HDR_GSO_NONE || header.gso_size == 0 || whole < 54) return (struct on_wire){1, whole, whole};
  size_t network = frame[12] == 0x08 ? (size_t)(frame[14] & 15) * 4 : 40; /* IPv4, else IPv6 without extensions */
  size_t transport_at = ETH_HLEN + network;
  int is_udp = type == VIRTIO_NET_HDR_GSO_UDP || type == VIRTIO_NET_HDR_GSO_UDP_L4;
  size_t transport = is_udp || transport_at + 12 >= whole ? 8 : (size_t)(frame[transport_at + 12] >> 4) * 4;
  size_t headers = transport_at + transport;
  if (headers >= whole) return (struct on_wire){1, whole, whole};
  size_t payload = whole - headers;
  size_t segments = (payload + header.gso_size - 1) / header.gso_size;
  size_t first = payload < header.gso_size ? payload : header.gso_size;
  return (struct on_wire){segments, payload + segments * headers, headers + first};
}

/* Decides on one frame: when it leaves, or never. */
static void admit(struct direction *line, const char *bytes, size_t length, int64_t arrived_ns) {
  const struct conditions *is = &line->conditions;
  struct on_wire wire = on_wire(bytes, length);
  line->count.received += wire.segments;
  if (is->mtu > 0 && wire.largest > is->mtu + ETH_HLEN) {
    line->count.too_long += wire.segments;
    return;
  }
  if (is->loss > 0 && draw() < is->loss) {
    line->count.lost += wire.segments;
    return;
  }
  int64_t sent_ns = arrived_ns;
  if (is->rate_kbps > 0) {
    int64_t begin = line->idle_at_ns > arrived_ns ? line->idle_at_ns : arrived_ns;
    if ((double)(begin - arrived_ns) > is->queue_ms * 1e6) {
      line->count.queue_full += wire.segments;
      return;
    }
    sent_ns = begin + (int64_t)((double)wire.bytes * 8e6 / is->rate_kbps);
    line->idle_at_ns = sent_ns;
  }
  double delay_ms = is->latency_ms;
  if (is->jitter_ms > 0) delay_ms += is->jitter_ms * (2 * draw() - 1);
  int64_t due_ns = sent_ns + (int64_t)((delay_ms > 0 ? delay_ms : 0) * 1e6);
  if (due_ns < line->last_due_ns) due_ns = line->last_due_ns;
  struct frame *held = line->held_bytes < MAX_HELD_BYTES ? malloc(sizeof *held + length) : NULL;
  if (!held) {
    line->count.overrun += wire.segments;
    return;
  }
  *held = (struct frame){.due_ns = due_ns, .length = length};
  memcpy(held->bytes, bytes, length);
  *line->tail = held;
  line->tail = &held->next;
  line->last_due_ns = due_ns;
  line->held_bytes += length;
}

static void receive(struct direction *line) {
  static char buffers[BATCH][FRAME_BYTES];
  static char controls[BATCH][CMSG_SPACE(sizeof(struct timespec))];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  for (int batches = 0; batches < MAX_BATCHES; batches++) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){buffers[i], FRAME_BYTES};
      messages[i].msg_hdr = (struct msghdr){
          .msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = controls[i], .msg_controllen = sizeof controls[i]};
    }
    int got = recvmmsg(line->from, messages, BATCH, MSG_DONTWAIT, NULL);
    if (got < 0) {
      /* An interface that goes down (a router that is dead for a while) is heard once, as ENETDOWN. */
      if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN) return;
      fail("receive");
    }
    int64_t now = clock_ns(CLOCK_MONOTONIC), offset = realtime_offset_ns();
    for (int i = 0; i < got; i++) {
      size_t length = messages[i].msg_len;
      if (length < HEADER_BYTES + ETH_HLEN) continue;
      admit(line, buffers[i], length, arrival_ns(&messages[i].msg_hdr, now, offset));
    }
    if (got < BATCH) return;
  }
}

/* Sends what is due, in order. A frame that the kernel does not take is lost to the lab, not to the conditions. */
static void deliver(struct direction *line, int64_t now) {
  while (line->head && line->head->due_ns <= now) {
    struct mmsghdr messages[BATCH] = {0};
    struct iovec parts[BATCH];
    int due = 0;
    for (struct frame *held = line->head; held && held->due_ns <= now && due < BATCH; held = held->next, due++) {
      parts[due] = (struct iovec){held->bytes, held->length};
      messages[due].msg_hdr = (struct msghdr){.msg_iov = &parts[due], .msg_iovlen = 1};
    }
    int sent = sendmmsg(line->to, messages, (unsigned)due, MSG_DONTWAIT);
    int taken = sent > 0 ? sent : 1;
    for (int i = 0; i < taken; i++) {
      struct frame *held = line->head;
      size_t segments = on_wire(held->bytes, held->length).segments;
      if (sent > 0) line->count.sent += segments;
      else if (errno == EINTR) break;
      else if (errno != ENETDOWN && errno != ENXIO) line->count.overrun += segments;
      line->head = held->next;
      if (!line->head) line->tail = &line->head;
      line->held_bytes -= held->length;
      free(held);
    }
  }
}

/* Frames that the kernel could not queue for us. Reading the statistics resets them. */
static void count_overruns(struct direction *line) {
  struct tpacket_stats statistics;
  socklen_t length = sizeof statistics;
  if (getsockopt(line->from, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0)
    line->count.overrun += statistics.tp_drops;
}

static void print_counters(const struct direction *line) {
  printf("\"%s\":{\"received\":%llu,\"sent\":%llu,\"lost\":%llu,\"tooLong\":%llu,\"queueFull\":%llu,\"overrun\":%llu}",
         line->name, line->count.received, line->count.sent, line->count.lost, line->count.too_long,
         line->count.queue_full, line->count.overrun);
}

/* Reads KEY=NUMBER words; all or nothing. */
static int read_conditions(char *words, struct conditions *conditions) {
  struct conditions read = {0};
  struct {
    const char *name;
    double *value;
  } keys[] = {{"latencyMs", &read.latency_ms}, {"jitterMs", &read.jitter_ms}, {"loss", &read.loss},
              {"rateKbps", &read.rate_kbps},   {"queueMs", &read.queue_ms},   {"mtu", &read.mtu}};
  for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
    char *value = strchr(word, '='), *end;
    if (!value) return 0;
    *value++ = '\0';
    double *place = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
      if (strcmp(keys[i].name, word) == 0) place = keys[i].value;
    if (!place) return 0;
    *place = strtod(value, &end);
    if (end == value || *end != '\0' || !(*place >= 0 && *place < 1e12)) return 0;
  }
  *conditions = read;
  return 1;
}

static void obey(char *line) {
  struct direction *direction = NULL;
  if (strncmp(line, "up", 2) == 0 && (line[2] == ' ' || !line[2])) direction = &up;
  else if (strncmp(line, "down", 4) == 0 && (line[4] == ' ' || !line[4])) direction = &down;
  /* What came before is under the conditions it came under. */
  receive(&up);
  receive(&down);
  int ok = direction ? read_conditions(line + strlen(direction->name), &direction->conditions)
                     : strcmp(line, "counters") == 0;
  if (ok && direction) {
    /* A transmitter that was slow is not busy with the past when it becomes faster. */
    direction->idle_at_ns = 0;
    double least_ms = direction->conditions.latency_ms - direction->conditions.jitter_ms;
    direction->unread_ns = least_ms >= 2 ? (int64_t)(least_ms * 5e5) : 0;
  }
  count_overruns(&up);
  count_overruns(&down);
  printf("{\"ok\":%s,", ok ? "true" : "false");
  print_counters(&up);
  printf(",");
  print_counters(&down);
  printf("}\n");
}

/* False when stdin has ended. */
static int read_commands(void) {
  static char buffer[LINE_BYTES];
  static size_t filled;
  ssize_t got = read(STDIN_FILENO, buffer + filled, sizeof buffer - filled);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return 0;
  filled += (size_t)got;
  char *begin = buffer, *end;
  while ((end = memchr(begin, '\n', filled - (size_t)(begin - buffer)))) {
    *end = '\0';
    obey(begin);
    begin = end + 1;
  }
  filled -= (size_t)(begin - buffer);
  memmove(buffer, begin, filled);
  return filled < sizeof buffer;
}

static int open_end(const char *interface) {
  int one = 1;
  int fd = open_raw(interface, ETH_P_ALL);
  struct packet_mreq membership = {.mr_ifindex = (int)if_nametoindex(interface), .mr_type = PACKET_MR_PROMISC};
  /* Without the header, frames with a checksum still to be filled in would be sent on broken. */
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) < 0) fail("PACKET_VNET_HDR");
  /* Without this we would hear what we send ourselves. */
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0) fail("PACKET_IGNORE_OUTGOING");
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) < 0) fail("promiscuous");
  return fd;
}

/* When to wake up at the latest, with frames held. */
static int64_t wake_at_ns(int64_t now) {
  int64_t at = INT64_MAX;
  for (int i = 0; i < 2; i++) {
    struct direction *line = i == 0 ? &up : &down;
    if (line->head && line->head->due_ns < at) at = line->head->due_ns;
    if (line->unread_ns > 0 && now + line->unread_ns < at) at = now + line->unread_ns;
  }
  return at;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: delay-line NEAR FAR\n");
    return 2;
  }
  up.from = down.to = open_end(argv[1]);
  down.from = up.to = open_end(argv[2]);
  up.tail = &up.head;
  down.tail = &down.head;
  if (getrandom(random_state, sizeof random_state, 0) != sizeof random_state) fail("getrandom");
  be_punctual();
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("{\"ready\":true}\n");
  for (;;) {
    int is_holding = up.head || down.head;
    int reads_up_later = is_holding && up.unread_ns > 0, reads_down_later = is_holding && down.unread_ns > 0;
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = reads_up_later ? -1 : up.from, .events = POLLIN},
                              {.fd = reads_down_later ? -1 : down.from, .events = POLLIN}};
    int64_t now = clock_ns(CLOCK_MONOTONIC), wait = is_holding ? wake_at_ns(now) - now : 0;
    if (wait < 0) wait = 0;
    struct timespec timeout = {wait / NS_PER_S, wait % NS_PER_S};
    if (ppoll(polled, 3, is_holding ? &timeout : NULL, NULL) < 0 && errno != EINTR) fail("poll");
    if (reads_up_later || polled[1].revents) receive(&up);
    if (reads_down_later || polled[2].revents) receive(&down);
    now = clock_ns(CLOCK_MONOTONIC) + GRAIN_NS;
    deliver(&up, now);
    deliver(&down, now);
    if (polled[0].revents && !read_commands()) return 0;
  }
}
