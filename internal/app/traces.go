package app

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"lodge/internal/platform/fault"
)

// Traces sends what requests, jobs and statements took to an OpenTelemetry receiver, by OTLP over HTTP: http://127.0.0.1:4318. What cannot be
// sent is lost and holds nobody up. Spans name routes, kinds of jobs and texts of statements; no address, no parameter, nobody. The rest
// (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, …) is set by OpenTelemetry's own variables. It is called before Start.
func (a *App) Traces(ctx context.Context, receiver, version string) error {
	to, err := url.Parse(receiver)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return fmt.Errorf("--traces: %q is no address like http://127.0.0.1:4318", receiver)
	}
	if strings.Trim(to.Path, "/") == "" {
		to.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.String()))
	if err != nil {
		return fmt.Errorf("--traces: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "lodge"), attribute.String("service.version", version))))
	a.stop = append(a.stop, provider.Shutdown)
	t := tracer{provider.Tracer("lodge"), a.Store.Engine()}
	a.Site.Span, a.Jobs.Span, a.Store.Span = t.request, t.job, t.statement
	return nil
}

type tracer struct {
	trace.Tracer
	engine string
}

// request is named by its route, which is known when it is answered. A trusted proxy's trace goes on; a stranger's begins nothing.
func (t tracer) request(ctx context.Context, id, method string, from http.Header) (context.Context, func(route string, status int)) {
	if from != nil {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(from))
	}
	if !known[method] {
		method = "_OTHER"
	}
	ctx, span := t.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("lodge.request", id)))
	return ctx, func(route string, status int) {
		span.SetName(cmp.Or(route, method))
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

func (t tracer) job(ctx context.Context, kind string) (context.Context, func(error)) {
	ctx, span := t.Start(ctx, kind, trace.WithSpanKind(trace.SpanKindConsumer))
	return ctx, func(err error) { end(span, err) }
}

// statement belongs to a request or a job; the portal's own beat, once a second, is no trace.
func (t tracer) statement(ctx context.Context, query string) func(error) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return func(error) {}
	}
	_, span := t.Start(ctx, "sql", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.String("db.system.name", t.engine),
		attribute.String("db.query.text", strings.TrimSpace(query))))
	return func(err error) { end(span, err) }
}

// end says of an error only what a reader may see: others' texts can hold what was typed.
func end(span trace.Span, err error) {
	if err != nil {
		code := "error"
		if f := fault.Of(err); f != nil {
			code = f.Code
		}
		span.SetStatus(codes.Error, code)
	}
	span.End()
}
