package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// traffic sees every call from outside: it counts them and the sessions, ends leases, and disturbs calls if a rule
// matches.
type traffic struct {
	service *simulator.Service
	leases  *leases
	// held is called when a rule holds a call.
	held func(method string)

	lock     sync.Mutex
	sessions map[string]bool
	counts   map[string]int
	rules    []*callRule
	release  chan struct{}
}

// callRule disturbs calls of a SOAP method, of all of them with "*", or uploads with "upload".
type callRule struct {
	Method string `json:"method"`
	// Skip is the number of calls that pass before, Count that of disturbed ones; 0: all.
	Skip  int `json:"skip"`
	Count int `json:"count"`
	// Action is "fault" (not executed), "hold" (until released), or "cut" (the connection is cut).
	Action string `json:"action"`
	// After the call was executed, before its reply is sent. An upload: after AtBytes.
	After   bool   `json:"after"`
	AtBytes int64  `json:"atBytes"`
	Fault   string `json:"fault"`

	passed, hits int
}

func addTraffic(service *simulator.Service, leases *leases, held func(string)) *traffic {
	t := &traffic{
		service: service, leases: leases, held: held,
		sessions: make(map[string]bool), counts: make(map[string]int), release: make(chan struct{}),
	}
	// A pattern with a method goes before the simulator's own one, which has none.
	service.ServeMux.HandleFunc("POST /sdk", t.serveCall)
	return t
}

func (t *traffic) serveCall(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	name, this := readCall(text)
	rule := t.count(name)
	if rule != nil && !rule.After {
		switch rule.Action {
		case "hold":
			t.hold(name)
		case "cut":
			panic(http.ErrAbortHandler)
		case "fault":
			writeFault(w, rule.Fault)
			return
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	reply := httptest.NewRecorder()
	t.service.ServeSDK(reply, r)
	if reply.Code == http.StatusOK {
		t.succeeded(name, this, r, reply)
		if name == "TerminateSession" {
			t.terminated(text)
		}
	}
	if rule != nil && rule.After {
		switch rule.Action {
		case "hold":
			t.hold(name)
		case "cut":
			panic(http.ErrAbortHandler)
		}
	}
	for key, values := range reply.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(reply.Code)
	_, _ = w.Write(reply.Body.Bytes())
}

func (t *traffic) succeeded(name string, this types.ManagedObjectReference, r *http.Request, reply *httptest.ResponseRecorder) {
	t.leases.called(name, this)
	if cookie, err := r.Cookie(soap.SessionCookieName); err == nil && name == "ImportVApp" {
		t.leases.imported(cookie.Value, readLease(reply.Body.Bytes()))
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	for _, cookie := range reply.Result().Cookies() {
		if cookie.Name == soap.SessionCookieName {
			t.sessions[cookie.Value] = true
		}
	}
	if cookie, err := r.Cookie(soap.SessionCookieName); err == nil && name == "Logout" {
		delete(t.sessions, cookie.Value)
	}
}

// terminated removes the sessions that an administrator ended; the keys of sessions are their cookies.
func (t *traffic) terminated(request []byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for _, found := range sessionID.FindAllSubmatch(request, -1) {
		delete(t.sessions, string(found[1]))
	}
}

var sessionID = regexp.MustCompile(`<(?:\w+:)?sessionId>([^<]+)<`)

// count gives the rule that disturbs this call, or nil.
func (t *traffic) count(name string) *callRule {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.counts[name]++
	for _, rule := range t.rules {
		fits := rule.Method == name || (rule.Method == "*" && name != "upload")
		if !fits || (rule.Count > 0 && rule.hits >= rule.Count) {
			continue
		}
		if rule.passed < rule.Skip {
			rule.passed++
			continue
		}
		rule.hits++
		return rule
	}
	return nil
}

func (t *traffic) hold(name string) {
	t.lock.Lock()
	release := t.release
	t.lock.Unlock()
	t.held(name)
	<-release
}

// disturb sets new rules and releases the calls held by the old rules.
func (t *traffic) disturb(rules []*callRule) {
	t.lock.Lock()
	defer t.lock.Unlock()
	close(t.release)
	t.release = make(chan struct{})
	t.rules = rules
}

// reset forgets calls and sessions.
func (t *traffic) reset() {
	t.disturb(nil)
	t.lock.Lock()
	defer t.lock.Unlock()
	t.counts, t.sessions = make(map[string]int), make(map[string]bool)
}

// readCall gives the method of a SOAP request and the object that it is called on.
func readCall(text []byte) (string, types.ManagedObjectReference) {
	var envelope struct {
		Body struct {
			Call struct {
				XMLName xml.Name
				This    types.ManagedObjectReference `xml:"_this"`
			} `xml:",any"`
		} `xml:"Body"`
	}
	if err := xml.Unmarshal(text, &envelope); err != nil {
		return "", types.ManagedObjectReference{}
	}
	return envelope.Body.Call.XMLName.Local, envelope.Body.Call.This
}

// readLease gives the lease that a reply to ImportVApp names.
func readLease(text []byte) types.ManagedObjectReference {
	var envelope struct {
		Body struct {
			Response struct {
				Lease types.ManagedObjectReference `xml:"returnval"`
			} `xml:"ImportVAppResponse"`
		} `xml:"Body"`
	}
	_ = xml.Unmarshal(text, &envelope)
	return envelope.Body.Response.Lease
}

func writeFault(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, strings.ReplaceAll(`<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Simulated fault NAME</faultstring>
<detail><NAMEFault xmlns="urn:vim25" xsi:type="NAME"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`, "NAME", name))
}
