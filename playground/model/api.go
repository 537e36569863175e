package model

// API is what require('http2') means to the program in the editor: the module
// changed its callbacks and its errors after it was first described. A program
// may ask for require('http2/current') itself, whatever is chosen here.
type API string

// APISeed is the module as it was first described, and what every example is
// written for. APICurrent is that of Node.js 20.
const (
	APISeed    API = "seed"
	APICurrent API = "current"
)

// APIView is the switch between them.
type APIView struct {
	On    API
	About string // what the chosen one is, in a sentence
}

// APIView is the switch as it stands.
func (m Model) APIView() APIView {
	if m.program.api == APICurrent {
		return APIView{APICurrent, "require('http2') is the module of Node.js 20: close(code), callbacks with an error first."}
	}
	return APIView{APISeed, "require('http2') is the module as it was first described in 2017. The examples are written for it."}
}

// chooseAPI takes the other module and runs the program with it.
func (m Model) chooseAPI(api API) (Model, []Effect) {
	if api != APISeed && api != APICurrent || api == m.program.api {
		return m, nil
	}
	m.program.api = api
	m.mode = ModeBrowser
	m.auto, m.wanted = true, -1 // another session: nobody has chosen there
	m, effects := m.start(ModeBrowser)
	return m, append([]Effect{m.program.saveAPI(), SetURL{m.Fragment()}}, effects...)
}

func (p program) saveAPI() Effect {
	if p.api == APICurrent {
		return SaveSetting{SettingAPI, string(APICurrent)}
	}
	return SaveSetting{SettingAPI, ""}
}

// modules is what require() is asked for and what it means: the example's own
// names, and the module that was chosen.
func (m Model) modules() map[string]string {
	names := map[string]string{}
	for asked, meant := range m.around().Modules {
		names[asked] = meant
	}
	if m.program.api != APICurrent {
		return names
	}
	for asked, meant := range names {
		if meant == "http2" {
			names[asked] = "http2/current"
		}
	}
	names["http2"] = "http2/current"
	return names
}

// aroundRun is what runs around the program.
func (m Model) aroundRun() Around {
	a := m.around()
	a.Modules = m.modules()
	return a
}
