// spawn_floor COUNT PROGRAM: runs the program COUNT times with posix_spawn and waitpid, prints the median microseconds.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static int compare(const void* a, const void* b) {
  const double difference = *(const double*)a - *(const double*)b;
  return (difference > 0) - (difference < 0);
}

static int run(const char* program) {
  char* arguments[] = {(char*)program, NULL};
  pid_t pid;
  int status = 1;
  return posix_spawn(&pid, program, NULL, NULL, arguments, environ) == 0 && waitpid(pid, &status, 0) == pid &&
         status == 0;
}

int main(int argc, char** argv) {
  const int count = argc == 3 ? atoi(argv[1]) : 0;
  double* times = calloc((size_t)count + 1, sizeof *times);
  for (int i = 0; i < count; ++i) {
    const double begun = now();
    if (!run(argv[2])) return 1;
    times[i] = now() - begun;
  }
  qsort(times, (size_t)count, sizeof *times, compare);
  printf("%.1f\n", times[count / 2]);
  free(times);
  return count > 0 ? 0 : 2;
}
