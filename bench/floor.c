/* The floor under every decoder: read a file, split it at newlines, verify each line's checksum.
 *
 *   floor FILE      prints: lines, lines whose checksum is right, processor s, s on the wall
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { BLOCK = 1 << 20, LONGEST = 4096 };

static double processor_s(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_utime.tv_sec + use.ru_stime.tv_sec +
           1e-6 * (use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static double wall_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

static int digit(int c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -256;
}

static int sound(const unsigned char *line, const unsigned char *end) {
    const unsigned char *at = memchr(line, '!', end - line);
    int sum = 0;
    if (!at) return 0;
    for (at++; at < end && *at != '*'; at++) sum ^= *at;
    return at + 2 < end && digit(at[1]) * 16 + digit(at[2]) == sum;
}

int main(int argc, char **argv) {
    static unsigned char held[BLOCK + LONGEST];
    double cpu = processor_s(), wall = wall_s();
    long lines = 0, right = 0;
    size_t rest = 0, got;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) return 1;
    while ((got = fread(held + rest, 1, BLOCK, file)) > 0) {
        unsigned char *line = held, *end = held + rest + got, *stop;
        while ((stop = memchr(line, '\n', end - line))) {
            lines++;
            right += sound(line, stop);
            line = stop + 1;
        }
        rest = end - line;
        if (rest > LONGEST) rest = 0;
        memmove(held, line, rest);
    }
    if (rest) {
        lines++;
        right += sound(held, held + rest);
    }
    printf("%ld %ld %.6f %.6f\n", lines, right, processor_s() - cpu, wall_s() - wall);
    return 0;
}
