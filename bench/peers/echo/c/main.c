// The echo in C, as the least that any program can do: a search for the request
// ID and the length, one write and the reads that it takes, and no check of
// anything. It takes events of some kilobytes that have a Content-Length, and
// works with this benchmark's server only. A response and the request for the
// next event leave in one write; with -DIN_SEQUENCE it waits for the answer to
// its response before it asks.
//
// Package peer compiles it with gcc -O2.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTED = 130 }; // bytes of a 202, which is always the same

#define GET "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /2018-06-01/runtime/invocation/"
#define LENGTH "/response HTTP/1.1\r\nHost: a\r\nContent-Length: "

static char in[64 << 10], out[64 << 10];

static size_t more(int fd, size_t n) {
	ssize_t k = read(fd, in + n, sizeof in - n);
	if (k <= 0)
		_exit(1);
	return n + k;
}

static void send_all(int fd, const char *p, size_t n) {
	while (n > 0) {
		ssize_t k = write(fd, p, n);
		if (k <= 0)
			_exit(1);
		p += k;
		n -= k;
	}
}

static char *put(char *to, const char *from, size_t n) { return memcpy(to, from, n) + n; }

#define TEXT(s) s, sizeof s - 1

static int dial(const char *to) {
	const char *colon = to ? strrchr(to, ':') : NULL;
	if (!colon)
		_exit(1);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
	    connect(fd, (struct sockaddr *)&a, sizeof a))
		_exit(1);
	return fd;
}

int main(void) {
	int fd = dial(getenv("AWS_LAMBDA_RUNTIME_API"));
	send_all(fd, TEXT(GET));
	for (size_t skip = 0;;) {
		size_t n = 0;
		char *end = NULL;
		while (!end) {
			n = more(fd, n);
			if (n > skip)
				end = memmem(in + skip, n - skip, TEXT("\r\n\r\n"));
		}
		char *head = in + skip, *body = end + 4;
		char *id = memmem(head, body - head, TEXT("Aws-Request-Id: ")) + 16;
		char *length = memmem(head, body - head, TEXT("Content-Length: ")) + 16;
		size_t digits = strspn(length, "0123456789"), size = atoi(length);
		while (n < (size_t)(body - in) + size)
			n = more(fd, n);

		char *p = put(out, TEXT(POST));
		p = put(p, id, 36);
		p = put(p, TEXT(LENGTH));
		p = put(p, length, digits);
		p = put(p, TEXT("\r\n\r\n"));
		p = put(p, body, size);
#ifdef IN_SEQUENCE
		send_all(fd, out, p - out);
		for (n = 0; n < ACCEPTED;)
			n = more(fd, n);
		send_all(fd, TEXT(GET));
#else
		p = put(p, TEXT(GET));
		send_all(fd, out, p - out);
		skip = ACCEPTED;
#endif
	}
}
