/*
 * A library with the functions that Sexton calls on macOS. Each writes the arguments it got into the buffer it got, as text, and fails with
 * errno 3 when the first number is 3: so that the real koffi, its types and its variadic calls are tried without a Mac.
 *
 *   cc -shared -fPIC -o echo.so echo.c
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int echo(int first, void *buffer, long size, const char *text) {
  if (first == 3) {
    errno = 3;
    return 0;
  }
  return buffer == NULL ? 100 : snprintf(buffer, size, "%s", text);
}

int proc_listpids(uint32_t type, uint32_t info, void *buffer, int size) {
  char text[200];
  snprintf(text, sizeof text, "listpids %u %u %d", type, info, size);
  return echo(0, buffer, size, text);
}

int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size) {
  char text[200];
  snprintf(text, sizeof text, "pidinfo %d %d %llu %d", pid, flavor, (unsigned long long)arg, size);
  return echo(pid, buffer, size, text);
}

int proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int size) {
  char text[200];
  snprintf(text, sizeof text, "pidfdinfo %d %d %d %d", pid, fd, flavor, size);
  return echo(pid, buffer, size, text);
}

int proc_pidpath(int pid, void *buffer, uint32_t size) {
  char text[200];
  snprintf(text, sizeof text, "/pidpath/%d/%u", pid, size);
  return echo(pid, buffer, size, text);
}

int sysctl(int *name, unsigned count, void *old, size_t *old_size, void *fresh, size_t fresh_size) {
  if (name[0] == 3) {
    errno = 12;
    return -1;
  }
  char text[200];
  snprintf(text, sizeof text, "sysctl %d %d %d %u %zu %s %zu", name[0], name[1], name[2], count, *old_size,
           fresh == NULL ? "null" : "fresh", fresh_size);
  *old_size = (size_t)echo(0, old, (long)*old_size, text);
  return 0;
}

int fcntl(int fd, int command, ...) {
  if (fd == 3) {
    errno = 45;
    return -1;
  }
  va_list arguments;
  va_start(arguments, command);
  char *flock = va_arg(arguments, char *);
  va_end(arguments);
  snprintf(flock, 24, "fcntl %d %d", fd, command);
  return 0;
}

int proc_signal_with_audittoken(uint32_t *token, int number) {
  return token[5] == 4312 && token[7] == 7 && number == 15 ? 0 : 1;
}
