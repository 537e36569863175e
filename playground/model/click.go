package model

// click does what a button or a row was pressed for.
func (m Model) click(c Click) (Model, []Effect) {
	linked := m.linked().kind != ""
	m, effects := m.clicked(c)
	if c.lasting() || linked && m.linked().kind == "" { // who left a link can go back to it
		return pushed(m, effects)
	}
	return m, effects
}

func (m Model) clicked(c Click) (Model, []Effect) {
	switch c.What {
	case ActSelect, ActSelectRow, ActFirst, ActPrevious, ActNext, ActLast, ActPlay, ActSpeed:
		return m.move(c)
	case ActOctet, ActSpan, ActRep, ActPage:
		return m.light(c)
	case ActView, ActPane, ActMode, ActTheme, ActHelp, ActMenu, ActCloseMenus, ActDismiss:
		return m.arrange(c)
	case ActExample, ActReset, ActUndoReset, ActRun, ActStop, ActTLS, ActProbe:
		return m.session(c)
	case ActTLSEnd, ActPickTrusted, ActKeyLog:
		return m.dialClick(c)
	case ActExport:
		return m.startExport(c.Arg)
	case ActSecrets:
		m.making.next = !m.making.next
		if !m.export.menu && m.making.next {
			m.notice = notice{text: "The next file of the record will hold its secrets too."}
		}
		return m, nil
	case ActSharing, ActShareKeep, ActShareProgram, ActShareNotes, ActShareRaw, ActShareMost, ActSharePost, ActSharePostStop, ActShareCopy, ActShareDelete:
		return m.sharingClick(c)
	case ActStopExport:
		return m, []Effect{CancelShare{m.making.id}}
	case ActRecord, ActCompare, ActDiffer, ActDifferRow, ActOnly, ActPairTab, ActPairCopy:
		return m.compareClick(c)
	case ActAgain, ActAgainShow, ActAgainClose, ActAgainCopy:
		return m.againClick(c)
	case ActServer, ActCopyAs, ActServe:
		return m.realClick(c)
	case ActAllow, ActRefuse:
		return m.clickStranger(c)
	case ActSide:
		return m.showSide(Side(c.Arg))
	case ActComposeDir, ActComposeCopy, ActComposePreset, ActComposeSend, ActComposeTab, ActComposeUndo:
		return m.composeClick(c)
	case ActLine:
		return m.chooseLine(c.N)
	case ActAPI:
		return m.chooseAPI(API(c.Arg))
	case ActAround:
		m.program.aroundOpen = !m.program.aroundOpen
	case ActOpen, ActKeys, ActReopen, ActCancelFile, ActForgetFile, ActTakeFile:
		return m.fileClick(c)
	case ActCopyMenu, ActCopyFrame, ActProblems:
		return m.inspectClick(c)
	case ActSort, ActRuns, ActUnfold:
		return m.orderClick(c)
	case ActZoom, ActTables, ActLanePage, ActFlowOf, ActFlowFull, ActFlowPage, ActStalls:
		return m.overTimeClick(c)
	case ActType:
		return m.setFilter(toggleType(m.list.typed, c.Arg))
	case ActClear:
		if m.strayConn() {
			m.list.conn = 0
		}
		m, effects := m.setFilter("")
		return m, append(effects, Focus{IDFilter})
	case ActConn:
		m.list.conn = uint32(c.N)
		m, effects := m.fetchPages(0, 1)
		return m, append(effects, SetURL{m.Fragment()})
	}
	return m.toolClick(c)
}

// Identifiers of elements that Focus names.
const (
	IDFilter   = "filter"
	IDEditor   = "editor"
	IDList     = "list"
	IDHelp     = "help-close"
	IDHelpOpen = "help-open"
	IDDial     = "dial-address"
	IDOctets   = "octet-on"
	IDMenu     = "menu-first"
	IDMenuOpen = "menu-open"
)

func (m Model) move(c Click) (Model, []Effect) {
	if c.What != ActPlay && c.What != ActSpeed {
		m.pause()
	}
	switch c.What {
	case ActSelect:
		m.chosen()
		return m.selectFrame(c.N)
	case ActSelectRow:
		return m.goTo(c.N)
	case ActFirst:
		return m.goTo(0)
	case ActPrevious:
		return m.step(-1)
	case ActNext:
		return m.step(1)
	case ActLast:
		return m.goTo(m.list.total - 1)
	case ActPlay:
		return m.play()
	case ActSpeed:
		m.speed = (m.speed + 1) % len(speeds)
	}
	return m, nil
}

func (m Model) arrange(c Click) (Model, []Effect) {
	switch c.What {
	case ActView:
		return m.show(View(c.Arg))
	case ActPane:
		m.pane = Pane(c.Arg)
		return m, []Effect{SetURL{m.Fragment()}}
	case ActMode:
		return m.switchMode(Mode(c.Arg))
	case ActTheme:
		was := m.dark()
		m.theme, m.themed = ThemeDark, true
		if was {
			m.theme = ThemeLight
		}
		return m, []Effect{SetTheme{Dark: m.dark()}, SaveSetting{SettingTheme, string(m.theme)}, SetURL{m.Fragment()}}
	case ActHelp:
		m.help, m.menu = !m.help, false
		if m.help {
			m, effects := m.fetchTerms()
			return m, append(effects, Focus{IDHelp})
		}
		return m, []Effect{Focus{IDHelpOpen}}
	case ActMenu:
		m.menu = !m.menu
		if m.menu {
			return m, []Effect{Focus{IDMenu}}
		}
		return m, []Effect{Focus{IDMenuOpen}}
	case ActCloseMenus:
		m.menu, m.export.menu, m.making.next = false, false, false
	case ActDismiss:
		m = m.mended(c.Arg)
	}
	return m, nil
}

// show switches the middle column and keeps the selected row in sight.
func (m Model) show(v View) (Model, []Effect) {
	if v == m.view || !m.has(v) {
		return m, nil
	}
	old := m.rowHeight()
	m.view = v
	if h := m.rowHeight(); h != old {
		m.list.top = m.list.top / old * h
	}
	if m.asked() != m.list.key {
		m, effects := m.reordered()
		return m, append(effects, SetScroll{m.list.top})
	}
	m, effects := m.reveal()
	m, more := m.fetch()
	effects = append(effects, more...)
	return m, append(effects, SetScroll{m.list.top}, SetURL{m.Fragment()})
}

func (m Model) switchMode(mode Mode) (Model, []Effect) {
	if mode == m.mode || m.embed {
		return m, nil
	}
	m.mode = mode
	field := map[Mode]string{ModeDial: IDDial, ModeListen: IDListen, ModeTap: IDTap}[mode]
	if field == "" {
		return m, nil
	}
	m.real.last, m.real.shown = mode, false
	effects := []Effect{Focus{field}, m.real.save()}
	if m.dial.relay != "" && !m.dial.answered() {
		effects = append(effects, ProbeRelay{m.dial.relay})
	}
	return m, effects
}

func (m Model) session(c Click) (Model, []Effect) {
	switch c.What {
	case ActRun:
		if m.mode.inTab() {
			if m, effects, bad := m.badNet(); bad {
				return m, effects
			}
		}
		if m.mode == ModeDial {
			m.dial.settle()
		}
		if problem := m.realProblem(); problem != "" {
			m.dial.shown, m.real.shown = true, true
			return m, []Effect{Focus{map[Mode]string{ModeDial: IDDial, ModeListen: IDListen, ModeTap: IDTap}[m.mode]}}
		}
		return m.start(m.mode)
	case ActStop:
		m.run.State, m.run.Message = RunDone, stopped
		m, effects := m.runOver(RunOver{m.run.Serial})
		return m, append([]Effect{Stop{}}, effects...)
	case ActTLS:
		m.dial.tls = !m.dial.tls
		return m, []Effect{SaveSetting{SettingDial, m.dial.encode()}}
	case ActProbe:
		m.dial.relayState, m.dial.relayText = relayAsked, ""
		return m, []Effect{ProbeRelay{m.dial.relay}}
	}
	return m.changeProgram(c)
}
