/*
 * udp-flood FROM_ADDRESS FROM_PORT TO_ADDRESS TO_PORT FLOWS BYTES MS TIMES: sends as fast as it can for so long, so many
 * times, from FLOWS sockets in turn with ports from FROM_PORT on. Where the far end is a namespace of the same machine,
 * the way there runs in this process's time, so that is what it measures; whatever else runs only takes away.
 * stdout, at the end: {"sent":PACKETS,"packetsPerSecond":[EACH TIME]}
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_FLOWS 256
#define MAX_BYTES 1472
#define MAX_TIMES 100
#define BURST 64

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static struct sockaddr_in address_of(const char *text, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
    fprintf(stderr, "expected an IPv4 address, found %s\n", text);
    exit(2);
  }
  return address;
}

int main(int argc, char **argv) {
  if (argc != 9) {
    fprintf(stderr, "usage: udp-flood FROM_ADDRESS FROM_PORT TO_ADDRESS TO_PORT FLOWS BYTES MS TIMES\n");
    return 2;
  }
  struct sockaddr_in to = address_of(argv[3], atoi(argv[4]));
  int flows = atoi(argv[5]), bytes = atoi(argv[6]), ms = atoi(argv[7]), times = atoi(argv[8]);
  if (flows < 1 || flows > MAX_FLOWS || bytes < 0 || bytes > MAX_BYTES || ms < 1 || times < 1 ||
      times > MAX_TIMES) {
    fprintf(stderr, "expected 1 to %d flows, 0 to %d bytes, at least 1 ms and 1 to %d times\n", MAX_FLOWS, MAX_BYTES,
            MAX_TIMES);
    return 2;
  }
  int sockets[MAX_FLOWS];
  for (int flow = 0; flow < flows; flow++) {
    struct sockaddr_in from = address_of(argv[1], atoi(argv[2]) + flow);
    sockets[flow] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sockets[flow] < 0 || bind(sockets[flow], (struct sockaddr *)&from, sizeof from) < 0 ||
        connect(sockets[flow], (struct sockaddr *)&to, sizeof to) < 0) {
      perror("udp-flood");
      return 1;
    }
  }
  char payload[MAX_BYTES];
  memset(payload, 'x', sizeof payload);
  int64_t sent = 0, rates[MAX_TIMES];
  for (int time = 0; time < times; time++) {
    int64_t before = sent, began = now_ns(), elapsed;
    do {
      for (int packet = 0; packet < BURST; packet++) {
        /* A refusal by ICMP or a full queue is no packet sent. */
        if (send(sockets[(sent + packet) % flows], payload, bytes, 0) == bytes) sent++;
      }
      elapsed = now_ns() - began;
    } while (elapsed < ms * 1000000LL);
    rates[time] = (sent - before) * 1000000000LL / elapsed;
  }
  printf("{\"sent\":%lld,\"packetsPerSecond\":[", (long long)sent);
  for (int time = 0; time < times; time++) printf("%s%lld", time == 0 ? "" : ",", (long long)rates[time]);
  printf("]}\n");
  return 0;
}
