package inventory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxResponse bounds one response. A page of 1000 network interfaces is about
// 3 MB of XML.
const maxResponse = 32 << 20

var errTooLarge = errors.New("the response is larger than 32 MiB")

// bodyKey is the context key under which a caller asks for the raw body.
type bodyKey struct{}

// withBody returns a context whose call leaves its response's raw body in the
// buffer.
func withBody(ctx context.Context) (context.Context, *bytes.Buffer) {
	var body bytes.Buffer
	return context.WithValue(ctx, bodyKey{}, &body), &body
}

// bounded reads every response whole, up to maxResponse, before it is parsed.
func bounded(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("BoundedBody", readBody), middleware.After)
}

func readBody(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok {
		return out, metadata, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err == nil && len(data) > maxResponse {
		err = errTooLarge
	}
	if err != nil {
		return out, metadata, err
	}
	response.Body = io.NopCloser(bytes.NewReader(data))
	if keep, ok := ctx.Value(bodyKey{}).(*bytes.Buffer); ok && response.StatusCode/100 == 2 {
		keep.Reset()
		keep.Write(data)
	}
	return out, metadata, nil
}

// items turns a list of the SDK's structs into the JSON that the AWS CLI
// prints: AWS's names, nothing that was absent, times as RFC 3339.
func items[T any](list []T) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, 0, len(list))
	for i := range list {
		raw, err := json.Marshal(plain(reflect.ValueOf(&list[i]).Elem()))
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// plain is a value of the SDK as maps, lists and scalars; nil where the
// response said nothing.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.UTC().Format(time.RFC3339Nano)
		}
		return plainStruct(v)
	case reflect.Slice:
		return plainList(v)
	case reflect.Map:
		return plainMap(v)
	case reflect.String:
		return v.String()
	}
	return v.Interface()
}

func plainStruct(v reflect.Value) any {
	out := map[string]any{}
	for i := range v.NumField() {
		name, field := v.Type().Field(i), v.Field(i)
		absent := field.Kind() == reflect.String && field.Len() == 0 // an enumeration that was not there
		if !name.IsExported() || absent {
			continue
		}
		if value := plain(field); value != nil {
			out[name.Name] = value
		}
	}
	return out
}

func plainList(v reflect.Value) any {
	if v.IsNil() {
		return nil
	}
	out := make([]any, v.Len())
	for i := range out {
		out[i] = plain(v.Index(i))
	}
	return out
}

func plainMap(v reflect.Value) any {
	if v.IsNil() {
		return nil
	}
	out := map[string]any{}
	for _, key := range v.MapKeys() {
		out[key.String()] = plain(v.MapIndex(key))
	}
	return out
}
