/* A file system that lacks what `REFUSE` lists: loaded in front of the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int refused(const char *what) {
    const char *list = getenv("REFUSE");
    return list && strstr(list, what);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* CIFS and some of FUSE: a folder cannot be synced. */
int fsync(int fd) {
    struct stat found;
    if (refused("fsync") && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    return NEXT(fsync)(fd);
}

/* FAT, exFAT, many shares: no hard links. */
int link(const char *from, const char *to) {
    if (refused("link")) {
        errno = EPERM;
        return -1;
    }
    return NEXT(link)(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags) {
    if (refused("link")) {
        errno = ENOTSUP;
        return -1;
    }
    return NEXT(linkat)(a, from, b, to, flags);
}

/* No sockets on shares. */
int bind(int fd, const struct sockaddr *address, socklen_t length) {
    const char *path = address->sa_data;
    if (refused("bind") && address->sa_family == AF_UNIX && strstr(path, "/control/")) {
        errno = EPERM;
        return -1;
    }
    return NEXT(bind)(fd, address, length);
}

/* Modes that the mount decides. */
int chmod(const char *path, mode_t mode) {
    if (refused("chmod") && strstr(path, "/runs/")) {
        errno = EPERM;
        return -1;
    }
    return NEXT(chmod)(path, mode);
}

int fchmod(int fd, mode_t mode) {
    if (refused("chmod")) {
        errno = EPERM;
        return -1;
    }
    return NEXT(fchmod)(fd, mode);
}

/* A disk that breaks: writing to what is called so gives EIO. */
ssize_t write(int fd, const void *bytes, size_t count) {
    char link[64], path[512];
    if (refused("write")) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length > 0) {
            path[length] = 0;
            if (strstr(path, "events.jsonl")) {
                errno = EIO;
                return -1;
            }
        }
    }
    return NEXT(write)(fd, bytes, count);
}
