/*
 * hold COMMAND [ARGUMENT...]: init of a container whose image knows nothing of the lab. Its life is its stdin; COMMAND
 * runs when it is told to. It needs nothing of the image: no shell, no library, no user of its own, no place to write.
 *
 * The protocol, exit codes and what goes where stand in README.md. A new word of it is one function and one row of WORDS.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELLO_WITHIN_MS 5000
#define LINE_BYTES 4096
/* What the engine gives an image that sets none. */
#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { EXIT_PROTOCOL = 2, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

extern char **environ;
static char **command;
/* The server, and leader of its process group; 0 while none runs. */
static pid_t server;
static sigset_t usual_mask;

/* Ends everything: with this process, the kernel ends what is left in its PID namespace. */
static void leave(int code) {
  if (server > 0) kill(-server, SIGKILL);
  exit(code);
}

static void say(const char *event) {
  printf("{\"event\":\"%s\"}\n", event);
  fflush(stdout);
}

/* The reason goes to the harness as a message, because the container's exit code is gone with the container. */
static void give_up(int code, const char *reason) {
  printf("{\"event\":\"unusable\",\"reason\":\"");
  for (const unsigned char *c = (const unsigned char *)reason; *c; c++) {
    if (*c == '"' || *c == '\\') printf("\\%c", *c);
    else if (*c < ' ') printf("\\u%04x", *c);
    else putchar(*c);
  }
  printf("\"}\n");
  fflush(stdout);
  fprintf(stderr, "%s\n", reason);
  leave(code);
}

/* Where COMMAND is: as written where it names a folder, else on the image's PATH. */
static const char *find_command(void) {
  static char file[PATH_MAX], reason[2 * PATH_MAX];
  const char *name = command[0];
  const char *path = getenv("PATH");
  if (!path || !*path) path = USUAL_PATH;
  int denied = 0;
  if (strchr(name, '/')) {
    if (access(name, X_OK) == 0) return name;
    denied = errno == EACCES;
    snprintf(reason, sizeof reason, "no %s", name);
  } else {
    for (const char *folder = path; folder; folder = strchr(folder, ':') ? strchr(folder, ':') + 1 : NULL) {
      snprintf(file, sizeof file, "%.*s/%s", (int)strcspn(folder, ":"), folder, name);
      if (access(file, X_OK) == 0) return file;
      denied |= errno == EACCES;
    }
    snprintf(reason, sizeof reason, "no %s on the PATH (%s)", name, path);
  }
  if (denied) snprintf(reason, sizeof reason, "%s may not be executed by user %d", name, (int)getuid());
  give_up(denied ? EXIT_NOT_EXECUTABLE : EXIT_NOT_FOUND, reason);
  return NULL;
}

static void look(void) {
  find_command();
  say("found");
}

static void start(void) {
  if (server > 0) {
    fprintf(stderr, "told to start what runs\n");
    leave(EXIT_PROTOCOL);
  }
  const char *file = find_command();
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) < 0) give_up(1, "no pipe");
  server = fork();
  if (server < 0) {
    server = 0;
    give_up(1, "no process could be made");
  }
  if (server == 0) {
    setsid();
    sigprocmask(SIG_SETMASK, &usual_mask, NULL);
    /* stdin is the lab's and stdout carries messages: the server has stderr for all it says. */
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0) close(0);
    else dup2(nothing, 0);
    dup2(2, 1);
    execve(file, command, environ);
    int why = errno;
    if (write(failure[1], &why, sizeof why) < 0) _exit(EXIT_NOT_EXECUTABLE);
    _exit(EXIT_NOT_EXECUTABLE);
  }
  close(failure[1]);
  int why;
  if (read(failure[0], &why, sizeof why) == sizeof why) {
    char reason[PATH_MAX + 128];
    const char *text = why == ENOENT ? "the interpreter or loader that it names is not in the image" : strerror(why);
    snprintf(reason, sizeof reason, "%s cannot be executed: %s", file, text);
    give_up(EXIT_NOT_EXECUTABLE, reason);
  }
  close(failure[0]);
  say("started");
}

static void kill_server(void) {
  if (server == 0) {
    fprintf(stderr, "told to kill what does not run\n");
    leave(EXIT_PROTOCOL);
  }
  kill(-server, SIGKILL);
  while (waitpid(server, NULL, 0) < 0 && errno == EINTR) {}
  server = 0;
  say("killed");
}

static const struct {
  const char *word;
  void (*obey)(void);
} WORDS[] = {{"look", look}, {"start", start}, {"kill", kill_server}};

static void obey(const char *line) {
  static int is_greeted;
  if (!is_greeted) {
    is_greeted = 1;
    return;
  }
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    if (strcmp(line, WORDS[i].word) == 0) {
      WORDS[i].obey();
      return;
    }
  }
  fprintf(stderr, "expected");
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) fprintf(stderr, "%s '%s'", i ? " or" : "", WORDS[i].word);
  fprintf(stderr, ", got '%s'\n", line);
  leave(EXIT_PROTOCOL);
}

/* Reads what is there; returns how many lines it held. A line that is too long is cut, which makes it no word. */
static int read_lines(void) {
  static char line[LINE_BYTES];
  static size_t length;
  char part[LINE_BYTES];
  ssize_t count = read(0, part, sizeof part);
  if (count < 0 && errno == EINTR) return 0;
  if (count <= 0) leave(0);
  int lines = 0;
  for (ssize_t i = 0; i < count; i++) {
    if (part[i] != '\n') {
      if (length < sizeof line - 1) line[length++] = part[i];
      continue;
    }
    line[length] = '\0';
    length = 0;
    lines++;
    obey(line);
  }
  return lines;
}

/* Reaps whatever ended; when it was the server, and nobody had told it to, this is the end. */
static void reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != server) continue;
    server = 0;
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (WIFSIGNALED(status)) fprintf(stderr, "%s was ended by signal %d\n", command[0], WTERMSIG(status));
    else fprintf(stderr, "%s ended with exit code %d\n", command[0], code);
    /* 0 would read as an orderly end, and a server that leaves on its own has never had one. */
    leave(code == 0 ? 1 : code);
  }
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: hold COMMAND [ARGUMENT...]\n");
    return EXIT_PROTOCOL;
  }
  command = arguments + 1;
  sigset_t heard;
  sigemptyset(&heard);
  sigaddset(&heard, SIGCHLD);
  sigaddset(&heard, SIGTERM);
  sigaddset(&heard, SIGINT);
  sigprocmask(SIG_BLOCK, &heard, &usual_mask);
  int signals = signalfd(-1, &heard, SFD_CLOEXEC);
  struct pollfd sources[] = {{.fd = 0, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
  int patience_ms = HELLO_WITHIN_MS;
  for (;;) {
    int ready = poll(sources, 2, patience_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      fprintf(stderr, "no hello within 5 s\n");
      leave(1);
    }
    if (sources[1].revents) {
      struct signalfd_siginfo signal;
      if (read(signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGCHLD) reap();
        else leave(128 + (int)signal.ssi_signo);
      }
    }
    if (sources[0].revents && read_lines() > 0) patience_ms = -1;
  }
}
