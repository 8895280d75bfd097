package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// said is what a server answers to raw bytes, and whether it hung up by itself.
func said(t *testing.T, at, raw string) (answers []string, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(time.Second))
	b, err := io.ReadAll(c)
	for line := range strings.SplitSeq(string(b), "\r\n") {
		if _, rest, ok := strings.Cut(line, "HTTP/1.1 "); ok {
			answers = append(answers, rest[:3])
		}
	}
	return answers, err == nil
}

func TestAttack_OPS_20_ARequestWithTwoEndsIsTheLastOfItsConnection(t *testing.T) {
	d := open(t, loopback, func(d *desk) {
		d.Mount("/sink/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }), nil)
		d.Handle("GET /smuggled", who.Anybody, func(http.ResponseWriter, *http.Request, who.Actor) error {
			t.Error("the smuggled request is served")
			return nil
		})
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := web.Server(d.handler)
	go server.Serve(l)
	defer server.Close()
	at := l.Addr().String()
	const host = "Host: 127.0.0.1:8080\r\n"
	const second = "GET /smuggled HTTP/1.1\r\n" + host + "\r\n"
	for name, c := range map[string]struct{ raw, answer string }{
		"length and chunks":          {"POST /sink/ HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, "200"},
		"bare LF before chunks":      {"POST /sink/ HTTP/1.1\r\n" + host + "Content-Length: 4\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, "200"},
		"bare LF in a chunk":         {"POST /sink/ HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n" + second, "200"},
		"two lengths":                {"POST /sink/ HTTP/1.1\r\n" + host + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde" + second, "400"},
		"a signed length":            {"POST /sink/ HTTP/1.1\r\n" + host + "Content-Length: +4\r\n\r\nabcd" + second, "400"},
		"a space before the colon":   {"POST /sink/ HTTP/1.1\r\n" + host + "Content-Length : 4\r\n\r\nabcd" + second, "400"},
		"another coding":             {"POST /sink/ HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + second, "501"},
		"two codings":                {"POST /sink/ HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + second, "501"},
		"two hosts":                  {"GET / HTTP/1.1\r\n" + host + host + "\r\n" + second, "400"},
		"no host":                    {"GET / HTTP/1.1\r\n\r\n" + second, "400"},
		"upgrade to HTTP/2":          {"GET /sink/ HTTP/1.1\r\n" + host + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n" + second, "200"},
		"the beginning of HTTP/2":    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "4"},
		"headers beyond every limit": {"GET / HTTP/1.1\r\n" + host + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 200) + "\r\n", "431"},
	} {
		answers, closed := said(t, at, c.raw)
		if !closed || len(answers) > 1 || len(answers) == 1 && !strings.HasPrefix(answers[0], c.answer) {
			t.Errorf("%s: answers %v, closed %v", name, answers, closed)
		}
		if answers, _ = said(t, at, "GET /sign-in HTTP/1.1\r\n"+host+"Connection: close\r\n\r\n"); len(answers) != 1 || answers[0] != "200" {
			t.Errorf("after %s others are answered %v", name, answers)
		}
	}
	if answers, closed := said(t, at, strings.Repeat("GET /sink/ HTTP/1.1\r\n"+host+"\r\n", 2)); len(answers) != 2 || closed {
		t.Errorf("two honest requests on one connection: %v, closed %v", answers, closed)
	}
}

func TestAttack_OPS_16_WhatStrangersWriteStaysOnOneLineOfTheLog(t *testing.T) {
	d := open(t, loopback)
	evil := "x\r\ntime=2026-01-01 level=ERROR msg=\"all is lost\" \x1b[31m\u2028\u202e{\"a\":\"b\"}\x00"
	for n, address := range []string{"/o/20417/%0D%0Atime=now%1B%5B2J", "/%22%7D%0A%7B%22msg%22:%22forged%22", "/sign-in?next=%0D%0Alevel=ERROR"} {
		r, err := http.NewRequest("GET", loopback+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"User-Agent", "Referer", "X-Request-Id", "X-Forwarded-For", "Accept-Language", "Cookie", "Range", "If-None-Match"} {
			r.Header[name] = []string{fmt.Sprint(n, evil)}
		}
		d.ask(r, "")
	}
	lines := strings.Split(strings.TrimSuffix(d.log.String(), "\n"), "\n")
	if len(lines) < 3 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "time=") || strings.HasPrefix(line, "time=now") || strings.HasPrefix(line, "time=2026-01-01 ") {
			t.Errorf("a forged line: %q", line)
		}
		for _, c := range line {
			if c < ' ' || c == 0x7f || c == 0x2028 || c == 0x202e {
				t.Errorf("%q stands in the log as it came: %q", c, line)
			}
		}
	}
}
