/* An HTTP load generator for one core: N keep-alive connections over epoll, closed or open loop.
 *
 * usage: generator PORT PATH CONNECTIONS SECONDS RATE SEED LIMIT TOKEN CONTENT_TYPE < body-template
 * It ends after SECONDS or, if LIMIT is not 0, after LIMIT requests, whatever comes first.
 * RATE 0 is closed loop (each connection sends as soon as it has its answer); otherwise arrivals are
 * spaced evenly at RATE per second and latency counts from the planned arrival, so a server that
 * stalls cannot hide the wait of those who could not even be sent.
 * Every "@@@@@@@@@@" (ten characters) in the template becomes a number no other request has.
 * Prints one JSON object. Linux only: epoll, clock_gettime.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 4096, BUFFER = 65536, MARK = 10, MAX_MARKS = 16 };

typedef struct {
    int fd;
    int busy;
    uint64_t began;
    size_t got;
    char in[BUFFER];
} Connection;

static Connection connections[MAX_CONNECTIONS];
static char request[BUFFER];
static size_t request_size, marks[MAX_MARKS], mark_count;
static uint32_t *latencies; /* microseconds */
static size_t latency_count, latency_room = 1 << 20;
static uint64_t acks, refused, broken, next_number, started, limit;
static int port;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(2);
}

static int connect_once(int epoll, size_t index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
    connections[index].fd = fd;
    connections[index].busy = 0;
    connections[index].got = 0;
    return fd;
}

static void start(Connection *connection, uint64_t began) {
    char number[MARK + 1];
    snprintf(number, sizeof number, "%010llu", (unsigned long long)next_number++);
    started++;
    for (size_t i = 0; i < mark_count; i++) memcpy(request + marks[i], number, MARK);
    connection->began = began;
    connection->busy = 1;
    connection->got = 0;
    size_t sent = 0;
    while (sent < request_size) { /* requests are far smaller than a socket's buffer */
        ssize_t n = send(connection->fd, request + sent, request_size - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            broken++;
            return;
        }
        sent += (size_t)n;
    }
}

static int more(void) { return !limit || started < limit; }

static void note(uint64_t began, uint64_t ended) {
    if (latency_count == latency_room) {
        latency_room *= 2;
        latencies = realloc(latencies, latency_room * sizeof *latencies);
        if (!latencies) die("realloc");
    }
    latencies[latency_count++] = (uint32_t)((ended - began) / 1000);
}

/* 1 = a whole answer lies in the buffer, 0 = not yet, -1 = the connection is of no more use. */
static int receive(Connection *connection, int *status) {
    ssize_t n = recv(connection->fd, connection->in + connection->got,
                     BUFFER - 1 - connection->got, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (n <= 0) return -1;
    connection->got += (size_t)n;
    connection->in[connection->got] = 0;
    char *end = strstr(connection->in, "\r\n\r\n");
    if (!end) return 0;
    char *length = strcasestr(connection->in, "\r\ncontent-length:");
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    if (connection->got < (size_t)(end + 4 - connection->in) + body) return 0;
    *status = atoi(connection->in + 9);
    return 1;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double quantile(double part) {
    if (!latency_count) return 0;
    size_t place = (size_t)(part * (double)latency_count);
    return latencies[place < latency_count ? place : latency_count - 1] / 1000.0;
}

static void build(const char *path, const char *token, const char *type) {
    static char body[BUFFER / 2];
    size_t size = fread(body, 1, sizeof body - 1, stdin);
    int head = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %s\r\n"
                        "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n",
                        path, port, type, token, size);
    memcpy(request + head, body, size);
    request_size = (size_t)head + size;
    for (size_t i = 0; i + MARK <= request_size && mark_count < MAX_MARKS; i++)
        if (!memcmp(request + i, "@@@@@@@@@@", MARK)) {
            marks[mark_count++] = i;
            i += MARK - 1;
        }
}

int main(int argc, char **argv) {
    if (argc != 10) {
        fprintf(stderr, "usage: generator PORT PATH CONNECTIONS SECONDS RATE SEED LIMIT TOKEN TYPE\n");
        return 2;
    }
    port = atoi(argv[1]);
    size_t count = strtoul(argv[3], NULL, 10);
    double seconds = atof(argv[4]), rate = atof(argv[5]);
    next_number = strtoull(argv[6], NULL, 10);
    if (count < 1 || count > MAX_CONNECTIONS) return 2;
    limit = strtoull(argv[7], NULL, 10);
    build(argv[2], argv[8], argv[9]);
    latencies = malloc(latency_room * sizeof *latencies);
    int epoll = epoll_create1(0);
    if (epoll < 0 || !latencies) die("start");
    for (size_t i = 0; i < count; i++) connect_once(epoll, i);

    uint64_t began = now_ns(), ends = began + (uint64_t)(seconds * 1e9);
    uint64_t step = rate > 0 ? (uint64_t)(1e9 / rate) : 0, due = began, most_behind = 0;
    size_t idle_from = 0, in_flight = 0;
    if (!step)
        for (size_t i = 0; i < count && more(); i++, in_flight++) start(&connections[i], now_ns());
    struct epoll_event events[256];
    for (;;) {
        uint64_t now = now_ns();
        if ((now >= ends || !more()) && !in_flight) break;
        if (now >= ends + 5000000000ull) break;
        while (step && due <= now && due < ends && in_flight < count && more()) {
            while (connections[idle_from].busy) idle_from = (idle_from + 1) % count;
            start(&connections[idle_from], due);
            in_flight++;
            due += step;
        }
        if (step && more() && due <= now && now - due > most_behind) most_behind = now - due;
        /* Sleeping exactly until the next arrival leaves this core to the database meanwhile. */
        uint64_t wait = 100000000ull, at = now_ns();
        if (step && in_flight < count && due < ends && more()) wait = due > at ? due - at : 0;
        struct timespec pause = {.tv_sec = 0, .tv_nsec = (long)(wait < 100000000ull ? wait : 100000000ull)};
        int ready = epoll_pwait2(epoll, events, 256, &pause, NULL);
        for (int i = 0; i < ready; i++) {
            Connection *connection = &connections[events[i].data.u64];
            int status = 0, found = receive(connection, &status);
            if (!found) continue;
            if (connection->busy) in_flight--;
            connection->busy = 0;
            if (found < 0) {
                broken++;
                close(connection->fd);
                connect_once(epoll, events[i].data.u64);
            } else {
                uint64_t ended = now_ns();
                note(connection->began, ended);
                if (status >= 200 && status < 300) acks++; else refused++;
            }
            if (!step && now_ns() < ends && more()) {
                start(connection, now_ns());
                in_flight++;
            }
        }
    }
    double took = (double)(now_ns() - began) / 1e9;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    printf("{\"acks\":%llu,\"refused\":%llu,\"broken\":%llu,\"seconds\":%.3f,\"per_second\":%.1f,"
           "\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,"
           "\"cpu\":%.3f,\"cpu_seconds\":%.4f,\"most_behind_ms\":%.3f,\"next_number\":%llu}\n",
           (unsigned long long)acks, (unsigned long long)refused, (unsigned long long)broken, took,
           (double)acks / took, quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999),
           latency_count ? latencies[latency_count - 1] / 1000.0 : 0.0, cpu / took, cpu,
           (double)most_behind / 1e6, (unsigned long long)next_number);
    return 0;
}
