package model

// selectFrame makes a frame the selected one and its instant the shown one.
func (m Model) selectFrame(frame int) (Model, []Effect) {
	if m.plain() {
		return m.selectAt(frame, frame)
	}
	if frame != m.selected {
		m.position = -1
	}
	m.locating = true // see wantPosition
	return m.selectAt(frame, -1)
}

// selectAt is selectFrame for a frame whose position in the list is known.
func (m Model) selectAt(frame, position int) (Model, []Effect) {
	if frame < 0 || m.known && frame >= m.summary.Frames {
		return m, nil
	}
	changed := frame != m.selected
	m.selected = frame
	if position >= 0 {
		m.position, m.locating = position, false
	}
	m, effects := m.fetchDetail(false)
	if changed {
		m.octet = noOctets
	}
	if position >= 0 {
		var more []Effect
		m, more = m.reveal()
		effects = append(effects, more...)
	}
	if !m.auto {
		effects = append(effects, SetURL{m.Fragment()})
	}
	return m, effects
}

// fetchDetail asks for the selected frame's detail. force asks again although
// an answer is awaited (the older one is then dropped).
func (m Model) fetchDetail(force bool) (Model, []Effect) {
	if m.selected < 0 || !m.known || m.detailID != 0 && !force {
		return m, nil
	}
	if m.drags.on && !force {
		m.drags.owed = true
		return m, nil
	}
	m.serial++
	m.detailID, m.detailAsked = m.serial, m.summary.Version
	return m, []Effect{QueryDetail{ID: m.serial, Frame: m.selected}}
}

func (m Model) detailArrived(a DetailArrived) (Model, []Effect) {
	if a.ID != m.detailID {
		return m, nil
	}
	m.detailID = 0
	m.detailTurn++
	if a.Err != "" {
		m.detailError = a.Err
		return m, nil
	}
	if a.Detail.Row.Index != m.selected { // a step was faster: only where it ends counts
		return m.fetchDetail(false)
	}
	var effects []Effect
	other := m.detailShown != m.selected
	m.detail, m.detailShown, m.detailError = a.Detail, m.selected, ""
	if other {
		m.octet = noOctets
		effects = m.revealCause()
	}
	if max(a.Detail.Version, m.detailAsked) < m.summary.Version {
		m, more := m.fetchDetail(false)
		return m, append(effects, more...)
	}
	return m, effects
}

// step goes to another row of the list: by rows from the selected one.
func (m Model) step(by int) (Model, []Effect) {
	from := m.position
	if from < 0 {
		from = m.near // the rows around a frame that the filter hides
		if by > 0 {
			from--
		}
	}
	return m.goTo(from + by)
}

// goTo selects the row at a position, as soon as it is known. A closed run is
// one row, its first frame; the row above the frames of an open one is passed.
func (m Model) goTo(position int) (Model, []Effect) {
	if m.list.total == 0 {
		return m, nil
	}
	position = max(0, min(position, m.list.total-1))
	m.chosen()
	if m.plain() {
		return m.selectAt(position, position)
	}
	if r, ok := m.list.row(position); ok {
		if r.Run == nil || !r.Run.Open {
			return m.selectAt(r.Index, position)
		}
		if position < m.position && position > 0 {
			return m.goTo(position - 1)
		}
		return m.goTo(position + 1)
	}
	m.list.goal = position
	return m.fetchPages(position, position+1)
}

// chosen notes that a person has chosen where to be.
func (m *Model) chosen() {
	m.auto, m.follow, m.wanted = false, false, -1
	m.list.goal = -1
}
